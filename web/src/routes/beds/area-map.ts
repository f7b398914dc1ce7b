import type { BoardView } from '@homeward/shared/beds/contract.ts';
import { canAdmit, type SeenWard } from '@homeward/shared/beds/board-rules.ts';
import type { Coordinates } from '@homeward/shared/places/rules.ts';

/** A site on the map: what its wards come to. */
export interface MapSite {
  code: string;
  name: string;
  place: string | null;
  wards: number;
  /** Free where somebody could be admitted and the figures count. */
  free: number;
  /** Free by figures that are stale. */
  stale: number;
  at: Point | null;
  /** Where its circle is drawn: beside its neighbours, never upon them. */
  drawn: Point | null;
  radius: number;
}
interface Point {
  x: number;
  y: number;
}

export interface AreaMap {
  width: number;
  height: number;
  sites: MapSite[];
  places: { name: string; x: number; y: number; insideIcb: boolean }[];
  /** Round the places inside the area, drawn with room about them: a sketch, not a boundary. */
  outline: string;
  kmPerPixel: number;
  from: Point | null;
}

const margin = 46;
const kmOfLatitude = 111.2;

/**
 * The map of what is on the board: places, sites and how many beds are free there. North is up; distances are true to scale.
 * @param width how wide it is drawn, in its own units: circles and words stay as large on a narrow one
 */
export function areaMapOf(seen: readonly SeenWard[], places: BoardView['places'], from: Coordinates | null, width = 640): AreaMap {
  const sites = sitesOf(seen);
  const known = [...places, ...sites.flatMap(({ coordinates }) => (coordinates ? [coordinates] : []))];
  const latitudes = known.map(({ latitude }) => latitude);
  const longitudes = known.map(({ longitude }) => longitude);
  const middle = (Math.min(...latitudes) + Math.max(...latitudes)) / 2;
  const kmOfLongitude = kmOfLatitude * Math.cos((middle * Math.PI) / 180);
  const west = Math.min(...longitudes);
  const north = Math.max(...latitudes);
  const kmWide = Math.max(20, (Math.max(...longitudes) - west) * kmOfLongitude);
  const kmHigh = Math.max(15, (north - Math.min(...latitudes)) * kmOfLatitude);
  const scale = (width - 2 * margin) / kmWide;
  const project = ({ latitude, longitude }: Coordinates): Point => ({
    x: margin + (longitude - west) * kmOfLongitude * scale,
    y: margin + (north - latitude) * kmOfLatitude * scale,
  });
  const drawn = sites.map(({ coordinates, ...site }) => {
    const at = coordinates && project(coordinates);
    return {
      ...site,
      at,
      drawn: at && { ...at },
      radius: (width < 500 ? 11 : 13) + Math.min(width < 500 ? 8 : 13, Math.sqrt(site.free) * 3.5),
    };
  });
  moveApart(drawn);
  const inside = places.filter(({ insideIcb }) => insideIcb).map(project);
  return {
    width,
    height: Math.round(2 * margin + kmHigh * scale),
    sites: drawn,
    places: namesBeside(
      places.map(({ short, insideIcb, ...place }) => ({ name: short, insideIcb, ...project(place) })),
      drawn,
    ),
    outline: outlineOf(inside, 9 * scale),
    kmPerPixel: 1 / scale,
    from: from && project(from),
  };
}

function sitesOf(seen: readonly SeenWard[]) {
  const bySite = Map.groupBy(seen, ({ card }) => card.ward.site);
  const sites = [...bySite].map(([code, wards]) => {
    const { ward } = wards[0]!.card;
    const open = wards.filter(({ card }) => canAdmit(card));
    const freeOf = (list: SeenWard[]) => list.reduce((sum, { card }) => sum + (card.counts?.free ?? 0), 0);
    return {
      code,
      name: ward.siteName,
      place: ward.place,
      wards: wards.length,
      free: freeOf(open.filter(({ freshness }) => freshness !== 'stale')),
      stale: freeOf(open.filter(({ freshness }) => freshness === 'stale')),
      km: wards[0]!.km,
      coordinates: ward.latitude !== null && ward.longitude !== null ? { latitude: ward.latitude, longitude: ward.longitude } : null,
    };
  });
  return sites.sort((a, b) => b.free - a.free || b.stale - a.stale || (a.name < b.name ? -1 : 1));
}

/** Sites of one town stand closer than their circles are wide: those that touch push each other aside, a little at a time. */
function moveApart(sites: MapSite[]): void {
  const placed = sites.filter((site): site is MapSite & { drawn: Point } => site.drawn !== null);
  for (let turn = 0; turn < 60; turn++) {
    for (let i = 0; i < placed.length; i++) {
      for (let j = i + 1; j < placed.length; j++) {
        const [a, b] = [placed[i]!, placed[j]!];
        const x = b.drawn.x - a.drawn.x || 0.01 * (i + 1);
        const y = b.drawn.y - a.drawn.y || 0.01 * (j + 1);
        const apart = Math.hypot(x, y);
        const missing = a.radius + b.radius + 3 - apart;
        if (missing <= 0) continue;
        const push = missing / 2 / apart;
        a.drawn.x -= x * push;
        a.drawn.y -= y * push;
        b.drawn.x += x * push;
        b.drawn.y += y * push;
      }
    }
  }
}

/** Where a place's name can be read: by its middle, and beside the circles there. */
function namesBeside<T extends Point & { name: string }>(places: readonly T[], sites: readonly MapSite[]): T[] {
  const taken: { left: number; right: number; top: number; bottom: number }[] = sites.flatMap(({ drawn, radius }) =>
    drawn ? [{ left: drawn.x - radius, right: drawn.x + radius, top: drawn.y - radius, bottom: drawn.y + radius }] : [],
  );
  return places.map((place) => {
    const half = place.name.length * 4.2 + 4;
    const boxAt = (down: number) => {
      const y = place.y + down;
      return { left: place.x - half, right: place.x + half, top: y - 14, bottom: y + 5 };
    };
    const down =
      Array.from({ length: 22 }, (_, step) => 5 + (step % 2 === 0 ? 1 : -1) * Math.ceil(step / 2) * 12).find((one) => {
        const box = boxAt(one);
        return !taken.some((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom);
      }) ?? 5;
    taken.push(boxAt(down));
    return { ...place, y: place.y + down };
  });
}

/** A rounded line round points, `room` away from each: the hull of the circles about them. */
function outlineOf(points: readonly Point[], room: number): string {
  if (points.length === 0) return '';
  const corners = points.flatMap(({ x, y }) =>
    Array.from({ length: 16 }, (_, step) => {
      const angle = (step / 16) * 2 * Math.PI;
      return { x: x + room * Math.cos(angle), y: y + room * Math.sin(angle) };
    }),
  );
  return `M${hullOf(corners)
    .map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`)
    .join('L')}Z`;
}

function hullOf(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  const half = (list: readonly Point[]) => {
    const chain: Point[] = [];
    for (const point of list) {
      while (chain.length > 1 && turnOf(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop();
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half([...sorted].reverse())];
}

const turnOf = (a: Point, b: Point, c: Point) => (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
