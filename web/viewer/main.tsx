import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { loadHls } from "../live/hls";
import icon from "./icon.svg";
import { CameraPage } from "./CameraPage";
import { Link, usePlace } from "./router";
import { Wall } from "./Wall";
import "./viewer.css";

// Every place here plays something: fetch hls.js beside the first question to the worker, not after it. A player asks
// again for what does not come.
loadHls().catch(() => undefined);

function App() {
  const place = usePlace();
  return (
    <>
      <header className="top">
        <Link href="/">
          <img src={icon} alt="" />
          Storefeed
        </Link>
      </header>
      <main>{place.page === "camera" ? <CameraPage key={place.id} id={place.id} /> : <Wall />}</main>
    </>
  );
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
