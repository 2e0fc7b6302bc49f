"""Storefeed: any RTSP camera, live in any browser, through nothing but a storage bucket. The map.

     cameras.yaml
         │  cameras       validate; say in plain words, with the line, what is wrong
         ▼
      Camera ──► ffmpeg   camera -> arguments (pure)
                    │
                    ▼
             supervisor   one FFmpeg per camera: start, progress, stall, TERM -> KILL, back off, again
                    │     writes segment files into scratch, in RAM where there is a tmpfs
                    ▼
               watcher    directory events -> finished segments: whole, valid, dated
                    │
                    ▼
             publisher    segment first, playlist after; numbers from hls; what fell out goes to removals
                    │
                    ▼
               storage    Supabase Storage; server holds a store that speaks the same language
                    │
                    ▼
       web/HLSPlayer.tsx  plays stream.m3u8, reads status.json

What was typed and set
    commands.py         the command line; every mistake is found here, before anything is started
    arguments.py        what can be typed
    configuration.py    cameras.yaml, .env and the environment, read together
    environment.py      what the variables say about this box
    dotenv.py           .env -> variables (pure)
    cameras.py          cameras.yaml -> Camera, and what is wrong with it, line by line
    camera.py           one camera of it (pure)
    settings.py         how a camera's stream is made (pure)
    profiles.py         how near to now: what settings.profile stands for (pure)
    schema.py           the same as a JSON schema, for editors (pure)
    document.py         YAML -> entries with line numbers, hostile input refused (pure)
    yaml_mistakes.py    what is wrong with YAML that does not parse, in words (pure)
    camera_problems.py  what is wrong with an entry, in a technician's words (pure)
    units.py            numbers as people write them: "854px", "2 s", "1 Mbit" (pure)
    address.py          rtsp_url -> what it names: a camera, a device, the test picture (pure)
From a camera to segments
    ffmpeg.py           a camera -> FFmpeg's arguments (pure)
    media.py            what a camera sends: codec, size, keyframes, sound (pure)
    packets.py          its packets, counted (pure)
    probe.py            looks at a camera for some seconds
    packet_loss.py      whether the camera's packets get lost on the way (pure)
    sound.py            whether a camera's sound is asked for (pure)
    passthrough.py      whether its own H.264 goes out as it is (pure)
    video_mode.py       how one camera's video is made, from one FFmpeg to the next
    gathering.py        pieces of a copied stream -> segments (pure)
    encoders.py         what each H.264 encoder has to be told (pure)
    encoder_trial.py    which encoder works on this box
    progress.py         FFmpeg's reports -> how far it has come (pure)
    causes.py           FFmpeg's last words -> why there is no picture, in plain words (pure)
    ffmpeg_binary.py    finds an FFmpeg that can do the job
    test_source.py      the picture of testsrc://, with a clock for people and programs (pure)
    supervisor.py       keeps one FFmpeg running
    following.py        one running FFmpeg: what it reports and says, and whether it has to be ended
    supervision.py      its life as a value: events in; phase, words and waits out (pure)
    history.py          what a camera went through, and what may follow what (pure)
    liveness.py         whether an FFmpeg still gives pictures (pure)
    headway.py          whether what it gives can have been filmed yet (pure)
    moment.py           an instant on the box's two clocks
    last_words.py       what FFmpeg said last, a storm as one line (pure)
    ffmpeg_process.py   an FFmpeg process: ended and reaped, never longer alive than the worker
    backoff.py          how long to wait before the next try (pure)
    camera_port.py      whether a camera that could not be reached is there again
    scratch.py          a private directory in RAM for segments
    segments.py         media segments: finished ones, and ones that are sent while they are made
    watcher.py          segment directory -> finished segments
    cutter.py           FFmpeg's pipe -> segments that are sent while they are made
    named_pipe.py       a pipe that FFmpeg writes into
    tap.py              the stream that is cut into files, before it is cut
    tail.py             the stream since its last keyframe
    mjpeg.py            H.264 -> JPEG pictures (pure)
    snapshots.py        a picture beside the playlist, now and then
    preview.py          a camera's picture on this box, while somebody looks
    transport_stream.py MPEG-TS out of a pipe -> whole frames (pure)
From segments to the bucket
    hls/playlist.py     the media playlist of RFC 8216 as a value (pure)
    hls/window.py       the live window: the newest segments, numbered for ever (pure)
    hls/timeline.py     when the pictures of a segment were taken (pure)
    hls/cuts.py         where a run of frames is cut into segments (pure)
    publisher.py        segments first, the playlist after
    recovery.py         what a worker finds in the store when it begins
    backlog.py          what waits to be uploaded: newest over complete
    uplink.py           a segment's way into the store, tried for as long as somebody may want it
    stock.py            what ought to be stored, against what the store says is there
    pace.py             whether the uplink keeps up (pure)
    live_playlist.py    the public playlist, written one at a time, newest wins
    doubt.py            a playlist write without an answer, which may still land
    object_names.py     names for segments, each handed out once
    writer.py           one writer per camera: who may write when another worker writes too (pure)
    store_trouble.py    what keeps objects from being stored: how it is told and waited out
    readback.py         the worker as its own viewer
    removals.py         removes what no playlist names any more
    storage/            what a store must do; supabase.py: Supabase Storage; retry.py: when to ask again;
                        answers.py, connections.py: what Supabase means, and HTTP that it cannot poison
    storage/identity.py as whom the box speaks: a token, or a user that signs in and stays so
    storage/credentials.py  the same, replaced while everything runs when somebody brings a new key
    storage/exposure.py  keys that may do everything, keys in the clear (pure)
    storage/sign_in.py  what Supabase's answer to a sign-in means
    storage/project_api.py  requests to a project that are not about objects
What it says
    status.py           what a camera is doing, in one value (pure)
    figures.py          a camera in numbers (pure)
    traffic.py          how much was uploaded, and how long it took (pure)
    frame_rate.py       pictures a second, from the camera and in the stream (pure)
    metrics.py          the figures in Prometheus' words (pure)
    process.py          what the worker itself uses of the box
    status_command.py   asks the running worker, and the store, what viewers get
    status_table.py     the answer as a table (pure)
    journal.py          what became of a camera's last segments, and how long it took (pure)
    reporter.py         console line, status.json, API: the voice of one camera
    feed.py             what was just stored, told at once to whoever listens on this box
    cameras_table.py    keeps the row of each camera in the project's database true
    heap.py             memory for bodies goes back to the system as soon as it is free
    log.py              the console
    redaction.py        takes secrets out of everything that is printed
    errors.py           what can go wrong, with what to do about it
What is wrong, and what to do
    check/examination.py  what `check` looks at, in which order, for how long
    check/console.py    shows it: for people, for programs
    check/finding.py    what was found: a tick, a warning or a cross, with advice (pure)
    check/box.py        looks at the box's clock and disk
    check/bucket.py     writes, reads as a browser, removes; measures the uplink
    check/visit.py      whether a camera is there, and what a running worker knows of it
    check/box_verdict.py     what to say of settings, FFmpeg, clock and disk (pure)
    check/store_verdict.py   what to say of the store and the way to it (pure)
    check/camera_verdict.py  what to say of a camera (pure)
    brands.py           the makers of cameras, and where their substreams are (pure)
    discovery.py        looks for cameras on the networks of this box
    ws_discovery.py     how ONVIF cameras are asked, and what they answer (pure)
    proposals.py        what was found -> entries for cameras.yaml, to copy (pure)
All together
    pipeline.py         one camera from FFmpeg to the bucket
    fleet.py            the cameras that run: started, started again and ended while the others go on
    retirement.py       takes a removed camera out of storage
    saves.py            notices that a file was saved
    edit.py             what a saved cameras.yaml means for the cameras that run (pure)
    reload.py           has the running worker do what the files say
    worker.py           all of it, signals, shutdown
    systemd.py          what systemd hears of the worker: ready, alive, how the cameras are
    service_unit.py     the unit with which systemd keeps it running (pure)
    service_installation.py  installs that
    server/             the worker's HTTP on loopback
        app.py, serving.py              pages and API; HTTP for as long as the worker lives
        pictures.py                     snapshot.jpg, and motion JPEG
        playlist_events.py              a camera's feed as server-sent events
        storage_api.py                  the embedded store: Supabase Storage's HTTP API, with
        upload.py, upload_body.py, object_response.py, listing.py, refusals.py, store_key.py
        objects.py, object_file.py      its objects, as files that no power cut leaves half written
"""
