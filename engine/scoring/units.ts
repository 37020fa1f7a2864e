/** Units a numeric answer may come in, by dimension, with their size in the dimension's first unit. */
export interface Unit {
  dimension: string;
  factor: number;
}

/** SI and customary units; sizes as NIST SP 811 (2008), appendix B.8. US customary volumes. */
const dimensions: Record<string, Record<string, number>> = {
  length: {
    'm|meter|meters|metre|metres': 1,
    'km|kilometer|kilometers|kilometre|kilometres': 1000,
    'cm|centimeter|centimeters|centimetre|centimetres': 0.01,
    'mm|millimeter|millimeters|millimetre|millimetres': 0.001,
    'inch|inches': 0.0254,
    'ft|foot|feet': 0.3048,
    'yd|yard|yards': 0.9144,
    'mi|mile|miles': 1609.344,
  },
  mass: {
    'kg|kilogram|kilograms|kilo|kilos': 1,
    'g|gram|grams': 0.001,
    'mg|milligram|milligrams': 1e-6,
    'lb|lbs|pound|pounds': 0.45359237,
    'oz|ounce|ounces': 0.028349523125,
    'tonne|tonnes': 1000,
  },
  time: {
    's|sec|secs|second|seconds': 1,
    'ms|millisecond|milliseconds': 0.001,
    'min|mins|minute|minutes': 60,
    'h|hr|hrs|hour|hours': 3600,
    'day|days': 86_400,
    'week|weeks': 604_800,
  },
  volume: {
    'l|liter|liters|litre|litres': 1,
    'ml|milliliter|milliliters|millilitre|millilitres': 0.001,
    'gal|gallon|gallons': 3.785411784,
    'quart|quarts': 0.946352946,
    'pint|pints': 0.473176473,
  },
  money: { 'dollar|dollars|usd': 1, 'cent|cents': 0.01 },
  data: {
    'b|byte|bytes': 1,
    'kb|kilobyte|kilobytes': 1e3,
    'mb|megabyte|megabytes': 1e6,
    'gb|gigabyte|gigabytes': 1e9,
    'tb|terabyte|terabytes': 1e12,
  },
};

const units = new Map<string, Unit>();
for (const [dimension, sizes] of Object.entries(dimensions)) {
  for (const [names, factor] of Object.entries(sizes))
    for (const name of names.split('|')) units.set(name, { dimension, factor });
}

/** Null for a word that is no unit we know. */
export const normalizedUnit = (name: string): Unit | null => units.get(name.toLowerCase()) ?? null;
export const unitNames = [...units.keys()];
