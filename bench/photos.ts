import { largePhoto } from '../samples/photos/large-photo.ts';

export interface BenchPhoto {
  readonly name: string;
  readonly data: Buffer;
  readonly progressive: boolean;
}

/** Photos as phones make them; the noise sets how many bytes a pixel takes. */
export async function benchPhotos(): Promise<BenchPhoto[]> {
  const mp12 = { width: 4032, height: 3024 };
  const mp24 = { width: 6000, height: 4000 };
  const smooth24 = { ...mp24, from: 'park-meadow.jpg', noise: 18, quality: 85 };
  return Promise.all(
    [
      { name: '12 MP', ...mp12, from: 'park-creek.jpg', noise: 15, quality: 85, orientation: 6 },
      { name: '12 MP noisy', ...mp12, from: 'park-mountain-path.jpg', noise: 32, quality: 88 },
      { name: '24 MP', ...smooth24 },
      { name: '24 MP noisy', ...mp24, from: 'park-creek.jpg', noise: 24, quality: 88, orientation: 6 },
      { name: '24 MP progressive', ...smooth24, progressive: true },
    ].map(async ({ name, ...photo }) => ({
      name,
      data: await largePhoto(photo),
      progressive: 'progressive' in photo,
    })),
  );
}
