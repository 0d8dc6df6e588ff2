import { join } from 'node:path';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type Plugin, type ProxyOptions } from 'vite';
import { makeBasemap } from './tools/basemap.ts';
import { initialJavaScriptBudget } from './tools/initial-javascript.ts';

/** Where the running engine serves the site; `make dev` sets it. */
const site = process.env['HAPPY_PATH_SITE'];

/**
 * The engine tells its distributions apart by the Host header. Node does not look for names under .localhost on this
 * machine as browsers do, so the connection goes to 127.0.0.1 and only the header carries the name.
 */
function toSite(address: string): ProxyOptions {
  const { host, port } = new URL(address);
  return { target: `http://127.0.0.1:${port}`, headers: { host } };
}

/** The pieces of the basemap have to be there before the modules that name them are read. */
const basemap: Plugin = {
  name: 'basemap',
  configResolved: async ({ root }) => {
    await makeBasemap(join(root, '.basemap'));
  },
};

export default defineConfig({
  plugins: [basemap, vue(), initialJavaScriptBudget()],
  build: {
    target: 'es2022',
    // A data: address would need a wider content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'vendor', test: /node_modules[\\/](@vue|vue|vue-router|idb|valibot)[\\/]/ },
            // What several views share, in one piece instead of a dozen.
            {
              name: 'common',
              test: /frontend[\\/]src[\\/](api|i18n|session|ui|notifications|runtime-config|places)/,
              minShareCount: 3,
            },
          ],
        },
      },
    },
  },
  server: {
    // The engine's upload bucket takes files from pages of this origin and no other.
    port: 5173,
    strictPort: true,
    ...(site && { proxy: { '/api': toSite(site), '/photos': toSite(site), '/reviews': toSite(site) } }),
  },
});
