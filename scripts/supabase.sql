-- Storefeed on Supabase: a bucket, boxes that may do nothing but their work, and the cameras of your web application.
--
-- Paste it into the SQL editor of your project and press Run. It may be run again at any time, after an update for
-- example: it changes nothing that is already right, and it deletes nothing but its own older policies. While it runs,
-- well below a second, sign-ins and uploads of the project wait.
--
--   1. The bucket             where video goes
--   2. Who is asking          what a user's token says
--   3. Boxes and viewers      who may do what in the bucket
--   4. The cameras table      optional: leave it out if you have no use for it
--   5. The frames table       optional, too
--
-- How to make a user for a box, and one for a viewer, is told at the end.


-- 1. The bucket -------------------------------------------------------------------------------------------------------
-- Public: whoever knows a camera's address can watch it, and nobody can list what is there. One that exists stays as
-- it is, private ones too.

insert into storage.buckets (id, name, public)
values ('streams', 'streams', true)
on conflict (id) do nothing;

-- To make it private, so that only signed-in viewers can watch (see "A viewer" at the end), run this once, and set
-- SUPABASE_BUCKET_PRIVATE=true on every box:
--
--   update storage.buckets set public = false where id = 'streams';


-- 2. Who is asking ----------------------------------------------------------------------------------------------------
-- Both are read from app_metadata, which only you can set. A user can change user_metadata; never decide by that.

-- The location of a box ("location_1"): the first folder of all it may touch. Null for everybody else.
create or replace function public.storefeed_location() returns text
language sql stable set search_path = ''
as $$ select nullif(auth.jwt() -> 'app_metadata' ->> 'location', '') $$;

-- The locations a viewer may watch (["location_1", "location_2"]). Null for everybody else.
create or replace function public.storefeed_watches() returns jsonb
language sql stable set search_path = ''
as $$ select auth.jwt() -> 'app_metadata' -> 'watch' $$;

-- Nobody has to call them from outside.
revoke execute on function public.storefeed_location(), public.storefeed_watches() from public, anon;
grant execute on function public.storefeed_location(), public.storefeed_watches() to authenticated, service_role;


-- 3. Boxes and viewers ------------------------------------------------------------------------------------------------
-- "(select ...)" around a function makes PostgreSQL ask it once for a query, not once for every row. What "using" says
-- of rows that are there holds for new and changed ones too.

-- Everything a box needs, all of it below its own location. Replacing an object takes the right to see and to change
-- it, and without the right to delete, Supabase would say "done" and keep old video for ever.
drop policy if exists "storefeed: a box keeps its own location" on storage.objects;
create policy "storefeed: a box keeps its own location" on storage.objects
  for all to authenticated
  using (bucket_id = 'streams' and (storage.foldername(name))[1] = (select public.storefeed_location()));

-- A box is a signed-in user like any other, so policies you made for your people would hold for boxes too. This one
-- takes all that away from them again. Users who are no box are not concerned.
drop policy if exists "storefeed: a box stays in its own location" on storage.objects;
create policy "storefeed: a box stays in its own location" on storage.objects
  as restrictive for all to authenticated
  using (
    (select public.storefeed_location()) is null
    or (bucket_id = 'streams' and (storage.foldername(name))[1] = (select public.storefeed_location()))
  );

-- In a private bucket a viewer watches the locations that were given to them, and changes nothing.
drop policy if exists "storefeed: a viewer watches" on storage.objects;
create policy "storefeed: a viewer watches" on storage.objects
  for select to authenticated
  using (bucket_id = 'streams' and (select public.storefeed_watches()) ? (storage.foldername(name))[1]);

-- So that a box can tell "no such bucket" from "private": it sees that the bucket is there, and may not change it.
drop policy if exists "storefeed: a box sees its bucket" on storage.buckets;
create policy "storefeed: a box sees its bucket" on storage.buckets
  for select to authenticated
  using (id = 'streams' and (select public.storefeed_location()) is not null);


-- 4. The cameras table (optional) -------------------------------------------------------------------------------------
-- One row for each camera, for your web application to show. You add the row:
--
--   insert into cameras (name, stream_url, location_id, status, is_active) values (
--     'Floor Camera',
--     'https://xxx.supabase.co/storage/v1/object/public/streams/location_1/cam_floor/stream.m3u8',
--     1, 'active', true
--   );
--
-- and the box keeps four columns of it true:
--
--   stream_url     where the playlist is
--   status         'active': there is a picture. 'connecting': the box is trying to get one. 'error': somebody has to
--                  look; status.json beside the playlist says why. 'inactive': the camera was stopped
--   is_active      false only while status is 'inactive'
--   last_seen_at   when there last was a picture, by the clock of this database. While status is 'active' it is at
--                  most two minutes old; older, and the box itself is gone:
--
--   select name from cameras where status = 'active' and last_seen_at < now() - interval '2 minutes';
--
-- A table of yours with these names stays as it is and gets what is missing.

do $$
begin
  if to_regclass('public.cameras') is null then
    create table public.cameras (
      id bigint generated always as identity primary key,
      name text not null,
      stream_url text,
      location_id bigint,
      status text not null default 'inactive',
      is_active boolean not null default true
    );
    alter table public.cameras enable row level security;
  elsif not (select relrowsecurity from pg_catalog.pg_class where oid = 'public.cameras'::regclass) then
    -- Not switched on here: your web application might stop seeing its cameras.
    raise warning 'Row level security is off for public.cameras: whoever has the publishable key can change it. '
      'Add policies for your application, then: alter table public.cameras enable row level security;';
  end if;
end $$;

alter table public.cameras add column if not exists stream_url text;
alter table public.cameras add column if not exists status text;
alter table public.cameras add column if not exists is_active boolean;
alter table public.cameras add column if not exists last_seen_at timestamptz;

-- By this a box finds its row: "location_1/cam_floor". It follows from the address, so there is nothing to keep in
-- step, and it stays the same when the project's domain changes or the bucket becomes private.
alter table public.cameras add column if not exists stream_path text
  generated always as (substring(stream_url from '([^/?#]+/[^/?#]+)/stream\.m3u8([?#].*)?$')) stored;

grant select, update on public.cameras to authenticated;
grant all on public.cameras to service_role;

drop policy if exists "storefeed: a box sees its own cameras" on public.cameras;
create policy "storefeed: a box sees its own cameras" on public.cameras
  for select to authenticated
  using (split_part(stream_path, '/', 1) = (select public.storefeed_location()));

drop policy if exists "storefeed: a box updates its own cameras" on public.cameras;
create policy "storefeed: a box updates its own cameras" on public.cameras
  for update to authenticated
  using (split_part(stream_path, '/', 1) = (select public.storefeed_location()));

drop policy if exists "storefeed: a box touches no other cameras" on public.cameras;
create policy "storefeed: a box touches no other cameras" on public.cameras
  as restrictive for all to authenticated
  using (
    (select public.storefeed_location()) is null
    or split_part(stream_path, '/', 1) = (select public.storefeed_location())
  );

drop policy if exists "storefeed: a viewer sees the cameras to watch" on public.cameras;
create policy "storefeed: a viewer sees the cameras to watch" on public.cameras
  for select to authenticated
  using ((select public.storefeed_watches()) ? split_part(stream_path, '/', 1));

-- For a page that shows the cameras to everybody, signed in or not, run this too:
--
--   grant select on public.cameras to anon;
--   create policy "everybody sees the cameras" on public.cameras for select to anon, authenticated using (true);


-- 5. The camera_frames table (optional) -------------------------------------------------------------------------------
-- One row for each dated picture of a camera that has settings.frames_every. The box adds it when the picture is stored,
-- and removes it just before the picture (settings.frames_keep_days): what a row names is there.
--
--   location, camera_id     'location_1', 'cam_floor': as on the box
--   stream_path             both, as in cameras: 'location_1/cam_floor'
--   taken_at                when it was taken, by the box's clock
--   path, url               its name in the bucket, and where it is to be had
--   width, height, bytes    how large it is
--
--   select c.name, f.url from cameras c join camera_frames f using (stream_path)
--   where f.taken_at between '2026-11-21 10:00+00' and '2026-11-21 11:00+00' order by f.taken_at;
--
-- A table of yours with this name stays as it is and gets what is missing.

do $$
begin
  if to_regclass('public.camera_frames') is null then
    create table public.camera_frames (
      id bigint generated always as identity primary key,
      location text not null,
      camera_id text not null,
      taken_at timestamptz not null,
      path text not null,
      url text not null
    );
    alter table public.camera_frames enable row level security;
  elsif not (select relrowsecurity from pg_catalog.pg_class where oid = 'public.camera_frames'::regclass) then
    raise warning 'Row level security is off for public.camera_frames: whoever has the publishable key can change it. '
      'Add policies for your application, then: alter table public.camera_frames enable row level security;';
  end if;
end $$;

alter table public.camera_frames add column if not exists location text;
alter table public.camera_frames add column if not exists camera_id text;
alter table public.camera_frames add column if not exists taken_at timestamptz;
alter table public.camera_frames add column if not exists path text;
alter table public.camera_frames add column if not exists url text;
alter table public.camera_frames add column if not exists width integer;
alter table public.camera_frames add column if not exists height integer;
alter table public.camera_frames add column if not exists bytes bigint;
alter table public.camera_frames add column if not exists stream_path text
  generated always as (location || '/' || camera_id) stored;

-- A picture has one row, however often a box says so; and the pictures of a camera are found by when they were taken.
create unique index if not exists camera_frames_path on public.camera_frames (path);
create index if not exists camera_frames_taken_at on public.camera_frames (stream_path, taken_at desc);

grant select, insert, delete on public.camera_frames to authenticated;
grant all on public.camera_frames to service_role;

-- What a row says of its place has to be true, too.
drop policy if exists "storefeed: a box keeps its own frames" on public.camera_frames;
create policy "storefeed: a box keeps its own frames" on public.camera_frames
  for all to authenticated
  using (location = (select public.storefeed_location()))
  with check (location = (select public.storefeed_location()) and starts_with(path, stream_path || '/frames/'));

drop policy if exists "storefeed: a box touches no other frames" on public.camera_frames;
create policy "storefeed: a box touches no other frames" on public.camera_frames
  as restrictive for all to authenticated
  using ((select public.storefeed_location()) is null or location = (select public.storefeed_location()));

drop policy if exists "storefeed: a viewer sees the frames of the cameras to watch" on public.camera_frames;
create policy "storefeed: a viewer sees the frames of the cameras to watch" on public.camera_frames
  for select to authenticated
  using ((select public.storefeed_watches()) ? location);

-- For a page that shows the frames to everybody, signed in or not, run this too:
--
--   grant select on public.camera_frames to anon;
--   create policy "everybody sees the frames" on public.camera_frames for select to anon, authenticated using (true);

-- The API learns of new tables and columns.
notify pgrst, 'reload schema';


-- A box ---------------------------------------------------------------------------------------------------------------
-- Authentication > Users > Add user > Create new user: an e-mail address that need not exist (box-1@boxes.example), a
-- long random password, "Auto Confirm User" ticked. Then, with your address and the box's LOCATION_ID:
--
--   update auth.users
--   set raw_app_meta_data = coalesce(raw_app_meta_data, '{}') || '{"location": "location_1"}'
--   where email = 'box-1@boxes.example';
--
-- On the box: SUPABASE_URL, SUPABASE_KEY (the publishable key), SUPABASE_EMAIL, SUPABASE_PASSWORD and LOCATION_ID.
-- One user for each box. A box that was stolen: delete its user; it is locked out within the hour its token lives.
--
-- A viewer (private bucket only) --------------------------------------------------------------------------------------
--
--   update auth.users
--   set raw_app_meta_data = coalesce(raw_app_meta_data, '{}') || '{"watch": ["location_1", "location_2"]}'
--   where email = 'anna@example.com';
--
-- It holds from their next sign-in or refresh on.
