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
  const classes = new Uint8Array(cloud.length);
  for (let i = 0; i < classes.length; i++) {
    const opacity = cloud[i] as number;
    if ((seen[i] as number) < 1) classes[i] = sceneClass.noData;
    else if (opacity > 0.5) classes[i] = sceneClass.cloudHigh;
    else if (opacity > 0.22) classes[i] = sceneClass.cloudMedium;
    else if (opacity > 0.08) classes[i] = sceneClass.thinCirrus;
    else if (opacity > 0.025) classes[i] = sceneClass.unclassified;
    else if ((shadow[i] as number) > 0.15) classes[i] = sceneClass.cloudShadow;
    else classes[i] = classifyGround(green[i] as number, red[i] as number, nir[i] as number);
  }
  return classes;
}

function classifyGround(green: number, red: number, nir: number): number {
  if (nir < 0.06 && green > nir) return sceneClass.water;
  if (nir < 0.12 && red < 0.06) return sceneClass.dark;
  return (nir - red) / (nir + red) > 0.4 ? sceneClass.vegetation : sceneClass.bareSoil;
}
