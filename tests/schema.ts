/** As much of JSON Schema as the OpenAPI document uses; whatever else it comes to use is an error here, not a thing passed over. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  anyOf?: Schema[];
  oneOf?: Schema[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minItems?: number;
  maxItems?: number;
}

const patterns = new Map<string, RegExp>();
const said = new Set(['description', 'example', 'default', 'format', 'title']);

/** What a value has that its schema doesn't allow, or lacks that it asks for: "items.0.id: not a string". Nothing where it is as described. */
export function violations(schema: Schema, value: unknown, root: unknown, path = ''): string[] {
  const found: string[] = [];
  const wrong = (what: string) => void found.push(`${path || 'it'}: ${what}`);
  for (const [word, asked] of Object.entries(schema) as [keyof Schema, never][]) {
    switch (word) {
      case '$ref':
        found.push(...violations(resolved(root, asked), value, root, path));
        break;
      case 'type':
        if (![asked].flat().some((type) => isOfType(value, type))) return [`${path || 'it'}: not ${[asked].flat().join(' or ')}`];
        break;
      case 'properties':
        for (const [name, inner] of Object.entries(asked as Record<string, Schema>))
          if (isObject(value) && Object.hasOwn(value, name)) found.push(...violations(inner, value[name], root, joined(path, name)));
        break;
      case 'required':
        for (const name of asked as string[]) if (isObject(value) && !Object.hasOwn(value, name)) wrong(`no ${name}`);
        break;
      case 'additionalProperties':
        for (const name of isObject(value) ? Object.keys(value) : []) {
          if (Object.hasOwn(schema.properties ?? {}, name)) continue;
          if ((asked as unknown) === false) wrong(`${name} is not named`);
          else if ((asked as unknown) !== true)
            found.push(...violations(asked, (value as Record<string, unknown>)[name], root, joined(path, name)));
        }
        break;
      case 'propertyNames':
        for (const name of isObject(value) ? Object.keys(value) : []) found.push(...violations(asked, name, root, joined(path, name)));
        break;
      case 'items':
        if (Array.isArray(value))
          for (const [at, one] of value.entries()) found.push(...violations(asked, one, root, joined(path, String(at))));
        break;
      case 'enum':
        if (!(asked as unknown[]).includes(value)) wrong('not in the list');
        break;
      case 'const':
        if (value !== asked) wrong('not the one value');
        break;
      case 'pattern':
        if (typeof value === 'string' && !patternOf(asked).test(value)) wrong(`not like ${asked as string}`);
        break;
      case 'anyOf':
      case 'oneOf':
        if (!(asked as Schema[]).some((one) => violations(one, value, root, path).length === 0)) wrong('none of what it may be');
        break;
      case 'minLength':
      case 'maxLength':
        if (typeof value === 'string' && (word === 'minLength' ? value.length < asked : value.length > asked))
          wrong(`${word} ${asked as number}`);
        break;
      case 'minItems':
      case 'maxItems':
        if (Array.isArray(value) && (word === 'minItems' ? value.length < asked : value.length > asked))
          wrong(`${word} ${asked as number}`);
        break;
      case 'minimum':
      case 'exclusiveMinimum':
      case 'maximum':
        if (typeof value === 'number' && (word === 'maximum' ? value > asked : word === 'minimum' ? value < asked : value <= asked))
          wrong(`${word} ${asked as number}`);
        break;
      default:
        if (!said.has(word)) throw new Error(`The document says "${word}", which nobody here understands.`);
    }
  }
  return found;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const joined = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    default:
      return typeof value === type;
  }
}

function patternOf(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? new RegExp(pattern, 'u');
  patterns.set(pattern, known);
  return known;
}

function resolved(root: unknown, reference: string): Schema {
  return reference
    .slice(2)
    .split('/')
    .reduce((at, name) => (at as Record<string, unknown>)[name], root) as Schema;
}
