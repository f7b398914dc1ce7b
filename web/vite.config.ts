import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { leaveOut } from './left-out.ts';

const server = process.env.HOMEWARD_SERVER ?? 'http://127.0.0.1:3000';

export default defineConfig({
  plugins: [
    leaveOut(),
    sveltekit({
      adapter: adapter(),
      csp: {
        mode: 'auto',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self'],
          // The one style attribute on our pages: SvelteKit's hidden announcer of the new page's title.
          'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
          'connect-src': ['self'],
          'img-src': ['self', 'data:'],
          'frame-ancestors': ['none'],
          'base-uri': ['none'],
          'form-action': ['self'],
          'object-src': ['none'],
        },
      },
    }),
  ],
  build: {
    rolldownOptions: {
      output: {
        // What nearly every page uses comes as one file, and so does what goes together: thirty of half a kilobyte each cost a phone more than they weigh.
        codeSplitting: {
          groups: [
            {
              name: 'base',
              test: /[\\/](src[\\/]lib[\\/](platform|accounts)|shared[\\/]src[\\/]kernel)[\\/]|routes[\\/]navigation|preload-helper|flags[\\/]legacy|app[\\/]state[\\/]|[\\/]ui[\\/](Icon|Button|Tag|Tabs|Empty|announcer|count)/,
              minShareCount: 2,
            },
            {
              name: 'shifts',
              test: /[\\/](lib[\\/]shifts[\\/]client|shared[\\/]src[\\/]shifts[\\/]words-rules|lib[\\/]workers[\\/]titles)/,
              minShareCount: 2,
            },
            {
              name: 'show',
              test: /[\\/]ui[\\/](Card|Notice|Dialog|Details|Facts|Waiting)|[\\/]places[\\/](client|rules)/,
              minShareCount: 3,
            },
            { name: 'choose', test: /[\\/]ui[\\/](Choices|ErrorSummary)/, minShareCount: 3 },
            { name: 'form', test: /[\\/]ui[\\/](Field|DateField|Select)/, minShareCount: 3 },
          ],
        },
      },
    },
  },
  // `npm run dev`: the pages come from here, everything else from the running program.
  server: { proxy: { '/api': server, '/socket.io': { target: server, ws: true } } },
});
