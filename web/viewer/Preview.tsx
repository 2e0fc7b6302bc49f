import { useEffect, useRef, useState } from "react";

/** The camera's picture with as little delay as can be, for aiming it; it costs the box work as long as it is on the screen. */
export function Preview({ id, name }: { id: string; name: string }) {
  const image = useRef<HTMLImageElement>(null);
  const [isGone, setGone] = useState(false);
  useEffect(() => {
    const element = image.current;
    element?.setAttribute("src", `/api/cameras/${id}/preview.mjpeg`);
    // Chromium goes on loading an image that has no end, also when it is not on the page any more.
    return () => element?.removeAttribute("src");
  }, [id]);
  return (
    <div className="preview">
      {isGone ? (
        <p>There is no picture to aim by at the moment.</p>
      ) : (
        <img
          ref={image}
          alt={`${name}, for aiming`}
          onError={() => {
            setGone(true);
          }}
        />
      )}
    </div>
  );
}
