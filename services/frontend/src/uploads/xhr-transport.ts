import { UploadFault, type UploadTransport } from './upload-ports.ts';

/** A connection on which nothing moves for this long is given up. */
const stallMs = 60_000;

/** When the network is back, a connection of before is alive within this time or not at all. */
const backStallMs = 5000;

/** PUTs with XMLHttpRequest: fetch does not tell how much has been sent. */
export const xhrTransport: UploadTransport = {
  put: ({ uploadUrl, headers }, file, onProgress, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const request = new XMLHttpRequest();
      let stall: ReturnType<typeof setTimeout>;
      const giveUpAfter = (ms: number) => {
        clearTimeout(stall);
        stall = setTimeout(() => request.abort(), ms);
      };
      const hurry = () => giveUpAfter(backStallMs);
      // A connection of a network that is gone never says so itself.
      const breakOff = () => request.abort();
      const cancel = () => {
        reject(signal.reason);
        request.abort();
      };
      const broken = () => reject(new UploadFault('network'));
      request.upload.addEventListener('progress', ({ loaded }) => {
        giveUpAfter(stallMs);
        onProgress(loaded);
      });
      request.addEventListener('load', () => resolve(request.status));
      request.addEventListener('error', broken);
      request.addEventListener('abort', broken);
      request.addEventListener('loadend', () => {
        clearTimeout(stall);
        removeEventListener('online', hurry);
        removeEventListener('offline', breakOff);
        signal.removeEventListener('abort', cancel);
      });
      addEventListener('online', hurry);
      addEventListener('offline', breakOff);
      signal.addEventListener('abort', cancel);
      request.open('PUT', uploadUrl);
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      giveUpAfter(stallMs);
      // Of its own type the browser would say what the file's name suggests; the ticket is for what it contains.
      request.send(file.slice(0, file.size, headers['content-type'] ?? ''));
    }),
};
