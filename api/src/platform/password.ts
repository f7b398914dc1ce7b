import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(argon2) as (algorithm: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>;

// OWASP's least for argon2id: 19 MiB, two passes, one lane.
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 };
const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

/** @returns the PHC string that holds the algorithm, its cost, the salt and the hash */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const hash = await derive('argon2id', { message: password.normalize('NFC'), nonce, ...cost });
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(nonce)}$${unpadded(hash)}`;
}

const shape = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
// Derived against when there is no such account, so that a wrong address takes as long as a wrong password.
const nobody = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(Buffer.alloc(16))}$${unpadded(Buffer.alloc(32))}`;

/** @param stored the PHC string, or null where the account doesn't exist or has no password yet: then always false */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const found = shape.exec(stored ?? nobody);
  if (!found) return false;
  const expected = Buffer.from(found[5]!, 'base64');
  const actual = await derive('argon2id', {
    message: password.normalize('NFC'),
    nonce: Buffer.from(found[4]!, 'base64'),
    memory: Number(found[1]),
    passes: Number(found[2]),
    parallelism: Number(found[3]),
    tagLength: expected.length,
  });
  return stored !== null && timingSafeEqual(actual, expected);
}
