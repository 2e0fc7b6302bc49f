// hls.js declares no types for its light build (no alternate audio, subtitles or DRM), which has the same interface.
declare module "hls.js/light" {
  export * from "hls.js";
  export { default } from "hls.js";
}
