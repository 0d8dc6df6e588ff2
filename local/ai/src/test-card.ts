import sharp, { type Sharp } from 'sharp';

/**
 * A test card is a picture with a number in a band of coloured stripes along its top. The server looks the number up and
 * answers as the card's script says (cards.ts), however the picture reaches it: as a file of another size, format or quality.
 *
 * Twenty stripes of equal width: four that begin the band, eight of two bits each for the number, four for the checksum,
 * four that end it. Every colour is a corner of the RGB cube, as far from the others as can be; photographs have no such
 * colours, let alone twenty in a row that agree with a checksum.
 */
const colours = {
  black: [0, 0, 0],
  red: [255, 0, 0],
  green: [0, 255, 0],
  blue: [0, 0, 255],
  white: [255, 255, 255],
} as const;
type Colour = keyof typeof colours;

const begin: Colour[] = ['white', 'red', 'green', 'blue'];
const end: Colour[] = ['blue', 'green', 'red', 'white'];
/** What two bits are written as. */
const digits: Colour[] = ['black', 'red', 'green', 'blue'];
const numberDigits = 8;
const checkDigits = 4;
const stripes = begin.length + numberDigits + checkDigits + end.length;

export const maxCardNumber = 4 ** numberDigits - 1;
/** Narrower pictures have stripes that JPEG blurs into each other. */
const minWidth = 200;
/** Part of the height that the band takes. */
const bandHeight = 0.14;

export interface TestCardOptions {
  /** Of the picture as it is seen; 1200 by 900 unless given. */
  width?: number;
  height?: number;
  format?: 'jpeg' | 'png' | 'webp';
  quality?: number;
  /** EXIF orientation, 1 to 8: the pixels are stored turned, the tag turns them back. */
  orientation?: number;
}

/** Draws the card of a number, 0 to `maxCardNumber`. */
export async function drawTestCard(number: number, options: TestCardOptions = {}): Promise<Buffer> {
  const { width = 1200, height = 900, format = 'jpeg', quality = 90, orientation = 1 } = options;
  if (!isCardNumber(number)) throw new RangeError(`A test card's number is from 0 to ${maxCardNumber}, not ${number}.`);
  if (width < minWidth || height < minWidth)
    throw new RangeError(`A test card has at least ${minWidth} pixels a side.`);
  const upright = await sharp(Buffer.from(svg(number, width, height)))
    .flatten()
    .png({ compressionLevel: 1 })
    .toBuffer();
  return turned(sharp(upright), orientation).withMetadata({ orientation }).toFormat(format, { quality }).toBuffer();
}

export const isCardNumber = (number: number): boolean =>
  Number.isInteger(number) && number >= 0 && number <= maxCardNumber;

/** Text needs a font, and a machine without any shows none; the band needs nothing. */
function svg(number: number, width: number, height: number): string {
  const band = [...begin, ...toColours(number, numberDigits), ...toColours(checksum(number), checkDigits), ...end];
  const rects = band.map((colour, i) => {
    const x = Math.round((i * width) / stripes);
    const next = Math.round(((i + 1) * width) / stripes);
    return `<rect x="${x}" width="${next - x}" height="${Math.round(height * bandHeight)}" fill="rgb(${colours[colour]})"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="100%" height="100%" fill="#bfe3f5"/>
    <circle cx="82%" cy="34%" r="7%" fill="#ffd75e"/>
    <ellipse cx="22%" cy="100%" rx="55%" ry="30%" fill="#8cbf6a"/>
    <ellipse cx="80%" cy="104%" rx="60%" ry="28%" fill="#6da453"/>
    <text x="50%" y="54%" text-anchor="middle" font-family="sans-serif" font-weight="bold" font-size="${Math.round(height / 9)}"
      fill="#24424f">test card ${number}</text>
    ${rects.join('')}
  </svg>`;
}

/** Stores the picture so that the orientation tag shows it upright. */
function turned(picture: Sharp, orientation: number): Sharp {
  switch (orientation) {
    case 1:
      return picture;
    case 2:
      return picture.flop();
    case 3:
      return picture.rotate(180);
    case 4:
      return picture.flip();
    case 5:
      // sharp mirrors before it turns, wherever the calls stand.
      return picture.flop().rotate(270);
    case 6:
      return picture.rotate(270);
    case 7:
      return picture.flop().rotate(90);
    case 8:
      return picture.rotate(90);
    default:
      throw new RangeError(`EXIF orientations are from 1 to 8, not ${orientation}.`);
  }
}

/** The size at which the band is read: twelve pixels a stripe, the band fourteen rows high. */
const readWidth = stripes * 12;
const readHeight = 100;
/** Well inside the band and the stripe; what is at the edges is blurred. */
const readRows = { first: 2, slices: 3, perSlice: 3 };
const readColumns = { first: 3, count: 6 };
/** A channel is off below, on above, and in between there is no card. */
const maxOff = 70;
const minOn = 185;

/**
 * Reads the number of a test card, or finds that the picture is none.
 *
 * @throws what sharp throws when the picture cannot be decoded
 */
export async function readTestCard(image: Buffer): Promise<number | undefined> {
  const { first, slices, perSlice } = readRows;
  const pixels = await sharp(image)
    .autoOrient()
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .resize(readWidth, readHeight, { fit: 'fill' })
    .extract({ left: 0, top: first, width: readWidth, height: slices * perSlice })
    .removeAlpha()
    .raw()
    .toBuffer();

  const readings = Array.from({ length: slices }, (_, slice) => readBand(pixels, slice * perSlice, perSlice));
  const [band] = readings;
  if (!band || readings.some((other) => other?.join() !== band.join())) return undefined;
  if (band.slice(0, begin.length).join() !== begin.join() || band.slice(-end.length).join() !== end.join())
    return undefined;
  const number = toNumber(band.slice(begin.length, begin.length + numberDigits));
  const check = toNumber(band.slice(begin.length + numberDigits, -end.length));
  return number !== undefined && check === checksum(number) ? number : undefined;
}

/** The colours of all stripes, of these rows only; nothing when one of them is none. */
function readBand(pixels: Buffer, top: number, rows: number): Colour[] | undefined {
  const band = Array.from({ length: stripes }, (_, stripe) => {
    const sums = [0, 0, 0];
    for (let y = top; y < top + rows; y++) {
      for (let x = readColumns.first; x < readColumns.first + readColumns.count; x++) {
        const at = (y * readWidth + stripe * (readWidth / stripes) + x) * 3;
        for (let channel = 0; channel < 3; channel++)
          sums[channel] = (sums[channel] ?? 0) + (pixels[at + channel] ?? 0);
      }
    }
    return nearest(sums.map((sum) => sum / (rows * readColumns.count)));
  });
  return band.every((colour) => colour !== undefined) ? band : undefined;
}

function nearest(channels: number[]): Colour | undefined {
  return (Object.keys(colours) as Colour[]).find((colour) =>
    channels.every((value, i) => (colours[colour][i] === 0 ? value <= maxOff : value >= minOn)),
  );
}

function toColours(value: number, count: number): Colour[] {
  return Array.from({ length: count }, (_, i) => digits[Math.floor(value / 4 ** (count - 1 - i)) % 4] ?? 'black');
}

function toNumber(band: Colour[]): number | undefined {
  if (band.includes('white')) return undefined;
  return band.reduce((value, colour) => value * 4 + digits.indexOf(colour), 0);
}

/** CRC-8 with polynomial 0x07 of both bytes, starting from 0xff so that a number of zeros has a checksum too. */
function checksum(number: number): number {
  let crc = 0xff;
  for (const byte of [number >> 8, number & 0xff]) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}
