/** What the package gives. */
export * from "./HLSPlayer";
export { default } from "./HLSPlayer";
export * from "./CameraWall";
