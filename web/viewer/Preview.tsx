import { useState } from "react";

/** The camera's picture with as little delay as can be, for aiming it; it costs the box work as long as it is on the screen. */
export function Preview({ id, name }: { id: string; name: string }) {
  const [isGone, setGone] = useState(false);
  return (
    <div className="preview">
      {isGone ? (
        <p>There is no picture to aim by at the moment.</p>
      ) : (
        <img
          src={`/api/cameras/${id}/preview.mjpeg`}
          alt={`${name}, for aiming`}
          onError={() => {
            setGone(true);
          }}
        />
      )}
    </div>
  );
}
