import type * as Leaflet from 'leaflet';

/** Made by tools/basemap.ts, which describes the format. */
const files = import.meta.glob<string>('../../.basemap/*.json', { query: '?url', import: 'default', eager: true });

const cellDegrees = 20;
const perDegree = 1000;
/** Below this zoom the whole world's coarse shapes will do. */
const closeZoom = 5;
/** Distances of the lines of the grid, in degrees, coarsest first. */
const gridSteps = [30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
const gridPixels = 110;

/**
 * Land, sea and a grid of degrees under a map, from files of this site. What is looked at is loaded when it is; what cannot
 * be loaded is left out, for the places are what the map is about.
 */
export function addBasemap(L: typeof Leaflet, map: Leaflet.Map): void {
  map.createPane('land').classList.add('land-pane');
  map.createPane('grid').classList.add('grid-pane');
  const land = { pane: 'land', interactive: false, className: 'land', smoothFactor: 1 };
  const renderer = L.svg({ pane: 'land', padding: 0.5 });
  const gridRenderer = L.svg({ pane: 'grid', padding: 0.2 });
  const cells = new Map<string, Promise<Leaflet.Polygon | undefined>>();
  const grid = L.layerGroup().addTo(map);

  const cell = (name: string): Promise<Leaflet.Polygon | undefined> => {
    const known = cells.get(name);
    if (known) return known;
    const loading = loadRings(name).then(
      (rings) => rings && L.polygon(rings, { ...land, renderer }),
      () => {
        // Asked for again when the map is moved next.
        cells.delete(name);
        return undefined;
      },
    );
    cells.set(name, loading);
    return loading;
  };

  let wanted = new Set<string>();
  const update = () => {
    wanted = new Set(map.getZoom() < closeZoom ? ['world'] : cellsIn(map.getBounds()));
    for (const name of wanted) {
      void cell(name).then((polygon) => {
        if (polygon && wanted.has(name)) polygon.addTo(map);
      });
    }
    for (const [name, loading] of cells) {
      if (!wanted.has(name)) void loading.then((polygon) => wanted.has(name) || polygon?.remove());
    }
    grid.clearLayers();
    for (const line of gridOf(map)) {
      grid.addLayer(L.polyline(line, { pane: 'grid', renderer: gridRenderer, interactive: false, className: 'grid' }));
    }
  };
  map.on('moveend', update);
  // What arrives after the map is gone has nowhere to be shown.
  map.on('unload', () => {
    map.off('moveend', update);
    wanted = new Set();
  });
  map.whenReady(update);
}

async function loadRings(name: string): Promise<[lat: number, lng: number][][] | undefined> {
  const url = files[`../../.basemap/${name}.json`];
  // A cell without a file is open sea.
  if (url === undefined) return undefined;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}`);
  const encoded: number[][] = await response.json();
  return encoded.map(decode);
}

/** Differences in thousandths of a degree, longitude before latitude, to points as Leaflet has them. */
export function decode(numbers: readonly number[]): [lat: number, lng: number][] {
  const points: [number, number][] = [];
  let [x, y] = [0, 0];
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    x += numbers[index] ?? 0;
    y += numbers[index + 1] ?? 0;
    points.push([y / perDegree, x / perDegree]);
  }
  return points;
}

function cellsIn(bounds: Leaflet.LatLngBounds): string[] {
  const names: string[] = [];
  const floor = (degrees: number) => Math.floor(degrees / cellDegrees) * cellDegrees;
  for (let west = floor(bounds.getWest()); west < bounds.getEast(); west += cellDegrees) {
    // South's rows are counted from the pole.
    for (let south = floor(bounds.getSouth() + 90) - 90; south < bounds.getNorth(); south += cellDegrees) {
      names.push(`${west}_${south}`);
    }
  }
  return names;
}

/** Lines of whole steps of degrees through what is seen of the map. */
function gridOf(map: Leaflet.Map): [lat: number, lng: number][][] {
  const bounds = map.getBounds().pad(0.1);
  const [west, east] = [bounds.getWest(), bounds.getEast()];
  const [south, north] = [Math.max(-85, bounds.getSouth()), Math.min(85, bounds.getNorth())];
  const degreesPerPixel = (east - west) / (map.getSize().x * 1.2 || 1);
  const step = gridSteps.findLast((each) => each / degreesPerPixel >= gridPixels) ?? 30;
  const lines: [number, number][][] = [];
  for (let index = Math.ceil(west / step); index * step <= east; index++)
    lines.push([
      [south, index * step],
      [north, index * step],
    ]);
  for (let index = Math.ceil(south / step); index * step <= north; index++)
    lines.push([
      [index * step, west],
      [index * step, east],
    ]);
  return lines;
}
