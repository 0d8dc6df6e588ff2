import L from 'leaflet';
import { t } from '../i18n/i18n.ts';
import { runtimeConfig } from '../runtime-config.ts';
import { addBasemap } from './basemap.ts';
import 'leaflet/dist/leaflet.css';
import './map.css';

export { L };

const credit = (address: string, name: string) => `<a href="${address}" rel="noopener" target="_blank">${name}</a>`;

/** A map in an element, with the tiles of the configuration or else the bundled basemap under it. */
export function createMap(element: HTMLElement): L.Map {
  const { tileUrl, tileAttribution } = runtimeConfig();
  const animated = !matchMedia('(prefers-reduced-motion: reduce)').matches;
  const map = L.map(element, {
    zoomControl: false,
    worldCopyJump: true,
    minZoom: 2,
    maxZoom: 18,
    zoomSnap: 0.25,
    fadeAnimation: animated,
    zoomAnimation: animated,
    markerZoomAnimation: animated,
    inertia: animated,
    maxBounds: [
      [-85, -720],
      [85, 720],
    ],
  });
  L.control.zoom({ zoomInTitle: t('map.zoomIn'), zoomOutTitle: t('map.zoomOut') }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  map.attributionControl.setPrefix(credit('https://leafletjs.com', 'Leaflet'));
  if (tileUrl) L.tileLayer(tileUrl, { attribution: tileAttribution, maxZoom: 19 }).addTo(map);
  else {
    addBasemap(L, map);
    map.attributionControl.addAttribution(credit('https://www.naturalearthdata.com', 'Natural Earth'));
  }
  return map;
}

/** Bounds that show everything within a distance of a point. */
export function boundsAround({ lat, lng }: { lat: number; lng: number }, radiusKm: number): L.LatLngBounds {
  return L.latLng(lat, lng).toBounds(radiusKm * 2000);
}
