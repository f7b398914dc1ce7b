// Stands in until the real one is written: port, embedded database, migrations, pages.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { connect } from '@homeward/db/connect.ts';
import { keepEmbeddedAlive } from '@homeward/db/embedded.ts';
import { migrateToLatest } from '@homeward/db/migrate.ts';

const { PORT = '3000', HOST = '127.0.0.1', HOMEWARD_DATA = '.homeward' } = process.env;
const log = (sentence: string) => console.log(sentence);

const embedded = await keepEmbeddedAlive({ dataDir: join(HOMEWARD_DATA, 'postgres'), log });
const db = connect(embedded.url, { max: 1, patient: true });
await migrateToLatest(db);
await db.destroy();

process.env.PROTOCOL_HEADER = 'x-forwarded-proto';
const { handler } = (await import(new URL('../../web/build/handler.js', import.meta.url).href)) as {
  handler: (req: unknown, res: unknown, next: () => void) => void;
};
const server = createServer((req, res) => {
  req.headers['x-forwarded-proto'] = 'http';
  handler(req, res, () => res.writeHead(404).end('not found'));
});
server.listen(Number(PORT), HOST, () => console.log(`Homeward is ready at http://${HOST}:${PORT}`));

let stopping = false;
const stop = async () => {
  if (stopping) return;
  stopping = true;
  server.close();
  server.closeAllConnections();
  await embedded.stop();
  process.exit(0);
};
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
