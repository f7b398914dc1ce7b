// The asking side of several benchmarks, in a process of its own: over HTTP as browsers do, or recorded SQL by the plain driver.
import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';
import pg from 'pg';
import type { Answered, Load, Question, Replay, Statement } from './loader.ts';

const agent = new Agent({ keepAlive: true });
const sessions: pg.Client[] = [];

process.on('message', (load: Load | Replay) => {
  ('questions' in load ? askAll(load) : replayAll(load)).then(
    (answered) => process.send!(answered),
    (error: unknown) => process.send!({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));

async function askAll({ questions, clients, forMs }: Load): Promise<Answered> {
  const answered: Answered = { ms: 0, statuses: [], bodies: [], latencies: [] };
  const began = performance.now();
  const isOver = (asked: number) => (forMs === undefined ? asked >= questions.length : performance.now() - began > forMs);
  await side(isOver, clients, async (turn) => {
    const at = turn % questions.length;
    const asked = performance.now();
    const { status, body } = await ask(questions[at]!);
    answered.latencies.push(performance.now() - asked);
    answered.statuses[at] = status;
    answered.bodies[at] = body;
  });
  return { ...answered, ms: performance.now() - began };
}

function ask({ method, url, cookie, key }: Question): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(
      url,
      { method, agent, headers: { cookie, ...(key !== undefined && { 'idempotency-key': key }) } },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => resolve({ status: response.statusCode!, body }));
      },
    );
    asking.on('error', reject);
    asking.end();
  });
}

async function replayAll(replay: Replay): Promise<Answered> {
  while (sessions.length < replay.clients) {
    const client = new pg.Client({ connectionString: replay.databaseUrl });
    await client.connect();
    sessions.push(client);
  }
  const named = replay.statements.map((statement) => namedOf(statement));
  const turns = replay.turns.map((to, turn) => valuesOf(replay, to, turn));
  const latencies: number[] = [];
  const began = performance.now();
  await side(
    (done) => done >= turns.length,
    replay.clients,
    async (turn, client) => {
      const asked = performance.now();
      for (const [at, { name, text }] of named.entries()) {
        const values = turns[turn]![at]!;
        await (values.length === 0 ? sessions[client]!.query(text) : sessions[client]!.query({ name, text, values }));
      }
      latencies.push(performance.now() - asked);
    },
  );
  return { ms: performance.now() - began, statuses: turns.map(() => 201), bodies: [], latencies };
}

const namedOf = ({ text }: Statement) => ({ name: createHash('sha256').update(text).digest('hex').slice(0, 32), text });

/** The recorded parameters with this turn's ids for the recorded ones: worked out before the clock starts. */
function valuesOf({ statements, from, tokens }: Replay, to: string[], turn: number): unknown[][] {
  const change = (value: unknown): unknown => {
    if (typeof value === 'string') return from.reduce((text, one, at) => text.replaceAll(one, to[at]!), value);
    if (Array.isArray(value)) return value.map((one) => (one instanceof Uint8Array ? tokens[turn]! : change(one)));
    if (value instanceof Uint8Array) return Buffer.from(value);
    return value;
  };
  return statements.map(({ values }) => values.map(change));
}

/** `clients` at a time, each taking the next turn until it is over. */
async function side(
  isOver: (begun: number) => boolean,
  clients: number,
  one: (turn: number, client: number) => Promise<void>,
): Promise<void> {
  let begun = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (!isOver(begun)) await one(begun++, client);
    }),
  );
}
