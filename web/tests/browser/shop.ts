/** The cameras of a shop, as a cameras.yaml: so small that nine of them fit on two cores. */
export const SHOP = [
  "Entrance",
  "Floor",
  "Till 1",
  "Till 2",
  "Aisle 3",
  "Stock room",
  "Loading bay",
  "Back door",
  "Car park",
]
  .map(
    (name, index) => `- id: "cam_${index + 1}"
  name: "${name}"
  rtsp_url: "testsrc://"
  settings: {target_width: 426, target_fps: 8}
`,
  )
  .join("");
