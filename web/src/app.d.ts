import type { SessionView } from '@homeward/shared/accounts/contract.ts';

declare global {
  namespace App {
    interface PageData {
      session?: SessionView | null;
    }
  }
}

export {};
