import { halve, type OpticalScene } from './optical-image.ts';

/** The scene classification of Sentinel-2 Level-2A (products specification document, SCL). */
export const sceneClass = {
  noData: 0,
  dark: 2,
  cloudShadow: 3,
  vegetation: 4,
  bareSoil: 5,
  water: 6,
  unclassified: 7,
  cloudMedium: 8,
  cloudHigh: 9,
  thinCirrus: 10,
} as const;

/**
 * Classifies a scene at 20 m as the ground segment would: clouds by opacity, then shadows, then the ground by its spectrum.
 * As in real products the thinnest rims of clouds stay undetected.
 */
export function classifyScene(scene: OpticalScene, width: number, height: number): Uint8Array {
  const cloud = halve(scene.sky.cloud, width, height);
  const shadow = halve(scene.sky.shadow, width, height);
  const seen = halve(Float32Array.from(scene.seen), width, height);
  const red = halve(scene.reflectance.B04, width, height);
  const nir = halve(scene.reflectance.B08, width, height);
  const green = halve(scene.reflectance.B03, width, height);
  return Uint8Array.from(cloud, (opacity, i) => {
    if ((seen[i] as number) < 1) return sceneClass.noData;
    if (opacity > 0.5) return sceneClass.cloudHigh;
    if (opacity > 0.22) return sceneClass.cloudMedium;
    if (opacity > 0.08) return sceneClass.thinCirrus;
    if (opacity > 0.025) return sceneClass.unclassified;
    if ((shadow[i] as number) > 0.15) return sceneClass.cloudShadow;
    return classifyGround(green[i] as number, red[i] as number, nir[i] as number);
  });
}

function classifyGround(green: number, red: number, nir: number): number {
  if (nir < 0.06 && green > nir) return sceneClass.water;
  if (nir < 0.12 && red < 0.06) return sceneClass.dark;
  return (nir - red) / (nir + red) > 0.4 ? sceneClass.vegetation : sceneClass.bareSoil;
}
