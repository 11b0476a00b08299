// Writes samples/mischief.prompts.jsonl and its pictures. Usage: node organism/make_samples.ts
import { mkdirSync, writeFileSync } from "node:fs";
import { sampleImage, samplePrompts } from "../src/demo/samples.ts";

const folder = new URL("../samples/", import.meta.url);
mkdirSync(new URL("images/", folder), { recursive: true });
const lines = samplePrompts.map((sample) => {
  const image = sampleImage(sample);
  const images = image ? [`images/${sample.picture}.png`] : [];
  if (image) writeFileSync(new URL(images[0] as string, folder), image);
  const { id, text, group, category, expected } = sample;
  return JSON.stringify({ id, text, images, group, category, expected });
});
writeFileSync(new URL("mischief.prompts.jsonl", folder), `${lines.join("\n")}\n`);
