/** Small real images for the tests: 3 × 2 pixels, one colour. */
import { encode } from "fast-png";

const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

export const JPEG = fromBase64(
	"/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAACAAMDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAABP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AIAKFf/Z",
);
export const GIF = fromBase64("R0lGODdhAwACAIEAAEaCtAAAAAAAAAAAACwAAAAAAwACAAAIBgABCBwYEAA7");
export const WEBP_LOSSY = fromBase64("UklGRjQAAABXRUJQVlA4ICgAAACwAQCdASoDAAIABABoJaACdLoAAAAAAPnWhe0SDkZCdqr13i0lIAAA");
export const WEBP_LOSSLESS = fromBase64("UklGRh4AAABXRUJQVlA4TBEAAAAvAkAAAAdQwRqVtv+BiOh/AAA=");

/** A PNG of one grey. */
export function png(width: number, height: number, grey = 90): Uint8Array {
	return encode({ width, height, channels: 1, depth: 8, data: new Uint8Array(width * height).fill(grey) });
}

/** A small PNG whose header claims another size: what an image bomb looks like before it is decoded. */
export function pngClaiming(width: number, height: number): Uint8Array {
	const bytes = png(1, 1);
	const view = new DataView(bytes.buffer, bytes.byteOffset);
	view.setUint32(16, width);
	view.setUint32(20, height);
	return bytes;
}
