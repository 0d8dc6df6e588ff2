import vue from '@vitejs/plugin-vue';
import { defineConfig, type ProxyOptions } from 'vite';

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

export default defineConfig({
  plugins: [vue()],
  build: {
    target: 'es2022',
    // A data: address would need a wider content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { ...(site && { proxy: { '/api': toSite(site), '/photos': toSite(site) } }) },
});
