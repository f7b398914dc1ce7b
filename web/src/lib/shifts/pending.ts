/**
 * An accept whose answer hasn't come yet, kept for this tab: whoever reloads the page, or comes back out of a tunnel, gets the
 * answer to that one tap and never a second booking.
 */
const nameOf = (shiftId: string) => `homeward-accept-${shiftId}`;

export const pendingKey = (shiftId: string): string | null => sessionStorage.getItem(nameOf(shiftId));

export function setPending(shiftId: string, key: string | null): void {
  if (key) sessionStorage.setItem(nameOf(shiftId), key);
  else sessionStorage.removeItem(nameOf(shiftId));
}
