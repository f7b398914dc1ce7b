// The architecture as seven rules. When one of them stops you, its sentence says where your code belongs.
const capability = '(?!platform/|kernel/)([^/]+)';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'shared-stands-alone',
      comment:
        'shared/ is imported by everything and imports nothing of ours: a rule that needs the database takes the fact as an argument.',
      severity: 'error',
      from: { path: '^shared/src/' },
      to: { path: '^(api|db|web|tests|scripts)/' },
    },
    {
      name: 'shared-is-pure',
      comment: 'shared/ runs in the browser and in tests unchanged, so it knows no Node and no package but zod and temporal.',
      severity: 'error',
      from: { path: '^shared/src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'], pathNot: 'node_modules/(\\.pnpm/)?(zod|temporal-polyfill)[@/]' },
    },
    {
      name: 'web-asks-the-api',
      comment:
        'A page asks /api/v1 and never the database; of the API it may know types only, or Vite would bundle a second copy with its own pool.',
      severity: 'error',
      from: { path: '^web/src/' },
      to: { path: '^(api|db)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pages-stay-light',
      comment: 'Pages import rules, facts and contract types: the whole of zod or of a temporal polyfill weighs more than the framework.',
      severity: 'error',
      from: { path: '^web/src/' },
      to: { path: '^shared/src/.*/contract\\.ts$|node_modules/(\\.pnpm/)?(zod|temporal-polyfill)[@/]', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-these-touch-the-database',
      comment: 'SQL lives in commands, steps, queries, facts, audience, jobs and platform; routes validate, prove the scope and call them.',
      severity: 'error',
      from: {
        path: '^api/src/',
        pathNot: '^api/src/platform/|^api/src/[^/]+\\.ts$|[/-](commands|steps|queries|facts|audience|jobs)\\.ts$|\\.test\\.ts$',
      },
      to: { path: '^db/|node_modules/(\\.pnpm/)?(kysely|pg)[@/]', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'capabilities-keep-their-doors',
      comment:
        "A capability may use another's contract, rules, facts, queries and steps; its routes, commands and jobs are its own. If two need one step, it belongs to one of them as a query, or to platform.",
      severity: 'error',
      from: { path: `^api/src/${capability}/`, pathNot: '\\.test\\.ts$' },
      to: { path: `^api/src/${capability}/[a-z-]*(routes|commands|jobs)\\.ts$`, pathNot: '^api/src/$1/' },
    },
    {
      name: 'no-circles',
      comment: 'Two files that import each other are one file, or a third is missing.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(\\.svelte-kit|build)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types', 'svelte'],
      extensions: ['.ts', '.js', '.svelte'],
    },
  },
};
