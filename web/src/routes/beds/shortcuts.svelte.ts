/** Where this device remembers that somebody wants no single keys: who speaks to a computer may say one by accident (WCAG 2.1.4). */
const place = 'homeward-single-keys';

class SingleKeys {
  #isOn = $state(true);

  get isOn(): boolean {
    return this.#isOn;
  }

  set isOn(is: boolean) {
    this.#isOn = is;
    try {
      if (is) localStorage.removeItem(place);
      else localStorage.setItem(place, 'off');
    } catch {
      // A browser that keeps nothing asks again next time.
    }
  }

  /** Once the page has woken up: the server doesn't know. */
  recall(): void {
    try {
      this.#isOn = localStorage.getItem(place) !== 'off';
    } catch {
      this.#isOn = true;
    }
  }
}

export const singleKeys = new SingleKeys();

/** Is this key somebody's typing, or another's shortcut? Then it is not ours. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return true;
  if (document.querySelector('dialog[open]')) return true;
  const { target } = event;
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, select, textarea'));
}
