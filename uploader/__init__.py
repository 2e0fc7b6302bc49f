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
    commands.py                     the command line; every mistake is found here, before anything is started
    arguments.py                    what can be typed
    configuration/cameras.py        cameras.yaml -> Camera, and what is wrong with it, line by line
    configuration/camera.py         one camera of it (pure)
    configuration/settings.py       how a camera's stream is made (pure)
    configuration/profiles.py       how near to now: what settings.profile stands for (pure)
    configuration/schema.py         the same as a JSON schema, for editors (pure)
    configuration/document.py       the file -> its entries; a broken one hides no other (pure)
    configuration/yaml_tree.py      YAML -> values with line numbers, hostile input refused (pure)
    configuration/yaml_mistakes.py  what is wrong with YAML that does not parse, in words (pure)
    configuration/problems.py       what is wrong with an entry, in a technician's words (pure)
    configuration/units.py          numbers as people write them: "854px", "2 s", "1 Mbit" (pure)
    configuration/address.py        rtsp_url -> what it names: a camera, a device, the test picture (pure)
    configuration/listening.py      where the worker's pages listen (pure)
    configuration/environment.py    what the variables say about this box
    configuration/dotenv.py         .env -> variables (pure)
    configuration/files.py          cameras.yaml, .env and the environment, read together
    configuration/selection.py      which cameras a command is about (pure)
What a camera sends
    source/media.py                 what a camera sends: codec, size, keyframes, sound (pure)
    source/packets.py               its packets, counted (pure)
    source/probe.py                 looks at a camera for some seconds
    source/packet_loss.py           whether the camera's packets get lost on the way (pure)
    source/sound.py                 whether a camera's sound is asked for (pure)
    source/objections.py            what speaks against sending its own H.264 as it is (pure)
    source/passthrough.py           whether that goes out as it is, from one connection to the next (pure)
    source/video_mode.py            how one camera's video is made, from one FFmpeg to the next
    source/camera_port.py           whether a camera that could not be reached is there again
FFmpeg
    ffmpeg/command.py               a camera -> FFmpeg's arguments (pure)
    ffmpeg/outputs.py               those that say what it writes, and where (pure)
    ffmpeg/encoders.py              what each H.264 encoder has to be told (pure)
    ffmpeg/encoder_trial.py         which encoder works on this box
    ffmpeg/progress.py              FFmpeg's reports -> how far it has come (pure)
    ffmpeg/causes.py                FFmpeg's last words -> why there is no picture, in plain words (pure)
    ffmpeg/last_words.py            what FFmpeg said last, a storm as one line (pure)
    ffmpeg/binary.py                finds an FFmpeg that can do the job
    ffmpeg/child.py                 an FFmpeg process: ended and reaped, never longer alive than the worker
    ffmpeg/test_source.py           the picture of testsrc://, with a clock for people and programs (pure)
Kept running
    supervision/supervisor.py       keeps one FFmpeg running
    supervision/following.py        one running FFmpeg: what it reports and says, and whether it has to be ended
    supervision/course.py           its life as a value: events in; phase, words and waits out (pure)
    supervision/history.py          what a camera went through, and what may follow what (pure)
    supervision/liveness.py         whether an FFmpeg still gives pictures (pure)
    supervision/headway.py          whether what it gives can have been filmed yet (pure)
    supervision/backoff.py          how long to wait before the next try (pure)
    supervision/moment.py           an instant on the box's two clocks
From FFmpeg to media segments
    segments/segment.py             media segments: finished ones, and ones that are sent while they are made
    segments/watcher.py             segment directory -> finished segments
    segments/cutter.py              FFmpeg's pipe -> segments that are sent while they are made
    segments/scratch.py             a private directory in RAM for segments
    segments/named_pipe.py          a pipe that FFmpeg writes into
    segments/transport_stream.py    MPEG-TS out of a pipe -> whole frames (pure)
    segments/copied_segment.py      how long a segment of a copied stream may be, and how it begins (pure)
    segments/gathering.py           pieces of a copied stream -> segments (pure)
Pictures beside the stream
    pictures/mjpeg.py               H.264 -> JPEG pictures (pure)
    pictures/tap.py                 the stream that is cut into files, before it is cut
    pictures/tail.py                the stream since its last keyframe
    pictures/snapshots.py           a picture beside the playlist, now and then
    pictures/still.py               a keyframe -> a WebP or JPEG picture (pure)
    pictures/shot.py                a dated picture of now
    pictures/frames.py              dated pictures that are kept for some days
    pictures/frame_names.py         what they are called, and when they may go (pure)
    pictures/frame_retention.py     removes them when their days are over
    pictures/unattended_frames.py   those of cameras that nobody runs any more
    pictures/preview.py             a camera's picture on this box, while somebody looks
    pictures/decoder_feed.py        its frames, on their way into an FFmpeg that makes pictures of them
From segments to the bucket
    hls/playlist.py                 the media playlist of RFC 8216 as a value (pure)
    hls/window.py                   the live window: the newest segments, numbered for ever (pure)
    hls/timeline.py                 when the pictures of a segment were taken (pure)
    hls/cuts.py                     where a run of frames is cut into segments (pure)
    publishing/publisher.py         segments first, the playlist after
    publishing/recovery.py          what a worker finds in the store when it begins
    publishing/backlog.py           what waits to be uploaded: newest over complete
    publishing/uplink.py            a segment's way into the store, tried for as long as somebody may want it
    publishing/stock.py             what ought to be stored, against what the store says is there
    publishing/pace.py              whether the uplink keeps up (pure)
    publishing/live_playlist.py     the public playlist, written one at a time, newest wins
    publishing/doubt.py             a playlist write without an answer, which may still land
    publishing/object_names.py      names for segments, each handed out once
    publishing/writer.py            one writer per camera: who may write when another worker writes too (pure)
    publishing/store_trouble.py     what keeps objects from being stored: how it is told and waited out
    publishing/readback.py          the worker as its own viewer
    publishing/removals.py          removes what no playlist names any more
    storage/__init__.py             what a store must do
    storage/supabase.py             Supabase Storage
    storage/session.py              one request at a time: as whom, and what its answer comes to
    storage/object_request.py       a request about one object, with few words (pure)
    storage/retry.py                when to ask again
    storage/answers.py              what Supabase means
    storage/clock.py                this box's clock against the store's
    storage/connections.py          HTTP that a refused upload cannot poison
    storage/identity.py             as whom the box speaks: a token, or a user that signs in and stays so
    storage/credentials.py          the same, replaced while everything runs when somebody brings a new key
    storage/exposure.py             keys that may do everything, keys in the clear (pure)
    storage/sign_in.py              what Supabase's answer to a sign-in means
    storage/project_api.py          requests to a project that are not about objects
    storage/project_table.py        a table of the project's database
What it says
    reporting/status.py             what a camera is doing, in one value (pure)
    reporting/figures.py            a camera in numbers (pure)
    reporting/traffic.py            how much was uploaded, and how long it took (pure)
    reporting/frame_rate.py         pictures a second, from the camera and in the stream (pure)
    reporting/metrics.py            the figures in Prometheus' words (pure)
    reporting/process.py            what the worker itself uses of the box
    reporting/journal.py            what became of a camera's last segments, and how long it took (pure)
    reporting/reporter.py           console line, status.json, API: the voice of one camera
    reporting/feed.py               what was just stored, told at once to whoever listens on this box
    reporting/cameras_table.py      keeps the row of each camera in the project's database true
    reporting/frames_table.py       a row of the project's database for each dated picture
    reporting/running_worker.py     the worker on this box, as other commands ask it
    reporting/status_command.py     asks the running worker, and the store, what viewers get
    reporting/status_table.py       the answer as a table (pure)
Cameras nobody wrote down
    discovery/brands.py             the makers of cameras, and where their substreams are (pure)
    discovery/search.py             looks for cameras on the networks of this box
    discovery/ws_discovery.py       how ONVIF cameras are asked, and what they answer (pure)
    discovery/proposals.py          what was found -> entries for cameras.yaml, to copy (pure)
    discovery/discover_command.py   `discover`: looks, and shows entries to copy
As a service
    service/systemd.py              what systemd hears of the worker: ready, alive, how the cameras are
    service/unit.py                 the unit with which systemd keeps it running (pure)
    service/installer.py            installs that
    service/install_command.py      `install-service`: only what could run is installed
What is wrong, and what to do
    check/examination.py            what `check` looks at, in which order, for how long
    check/console.py                shows it: for people, for programs
    check/finding.py                what was found: a tick, a warning or a cross, with advice (pure)
    check/box.py                    looks at the box's clock and disk
    check/bucket.py                 writes, reads as a browser, lists, removes; measures the uplink
    check/own_store.py              the worker's own store, to be looked at in the same way
    check/camera_look.py            looks at one camera, over one connection at most
    check/visit.py                  whether a camera is there, and what a running worker knows of it
    check/picture.py                a picture of a camera, kept in a folder
    check/box_verdict.py            what to say of settings, FFmpeg, clock and disk (pure)
    check/store_verdict.py          what to say of the store and the way to it (pure)
    check/camera_verdict.py         what to say of a camera (pure)
All together
    pipeline.py                     one camera from FFmpeg to the bucket
    fleet.py                        the cameras that run: started, started again and ended while the others go on
    retirement.py                   takes a removed camera out of storage
    saves.py                        notices that a file was saved
    edit.py                         what a saved cameras.yaml means for the cameras that run (pure)
    reload.py                       has the running worker do what the files say
    plan.py                         what a worker is to run, checked and ready
    worker.py                       all of it, signals, shutdown
    pages.py                        the worker's pages and API, out of the cameras that run
    loop.py                         the event loop: what hangs in its threads keeps nobody waiting
    heap.py                         the worker's memory, kept as small after a month as after a minute
    log.py                          the console
    redaction.py                    takes secrets out of everything that is printed
    errors.py                       what can go wrong, with what to do about it
The worker's HTTP
    server/app.py, server/serving.py  pages and API; HTTP for as long as the worker lives
    server/access.py                who may see them (pure)
    server/wrong_tokens.py          tokens that were wrong, counted per address (pure)
    server/gate.py                  has every request go by that
    server/token_page.py            the page for people without the token (pure)
    server/page_token.py            the token, kept in a file
    server/kept_secret.py           a secret in a file that only this user may read
    server/link.py                  the link with the token, for a phone
    server/lan_address.py           where that finds this box
    server/pictures.py              snapshot.jpg, and motion JPEG
    server/playlist_events.py       a camera's feed as server-sent events
    server/storage_api.py           the embedded store: Supabase Storage's HTTP API, with
    server/upload.py, server/upload_body.py, server/object_response.py, server/listing.py, server/refusals.py,
    server/store_key.py
    server/objects.py, server/object_file.py  its objects, each in a file
    server/durable_file.py          files that no power cut leaves half written
"""
