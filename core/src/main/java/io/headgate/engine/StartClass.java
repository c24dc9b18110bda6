package io.headgate.engine;

/** The classes within a band, by which is started first. Ageing never mixes them. */
enum StartClass {
  /** A child: its parent holds a place and waits, or may. */
  AWAITED,
  /** Its job has begun. */
  BEGUN,
  /** Its job is new. */
  NEW
}
