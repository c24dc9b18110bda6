package io.headgate.engine;

import org.jspecify.annotations.Nullable;

/**
 * How far somebody has come who looks at the parked tasks slice by slice; see {@link
 * Engine#lookAtParked}. The engine's thread only.
 */
public final class ParkedLook {
  boolean begun;

  /** Who is to be seen next; moved on by the parking when that one leaves. */
  @Nullable TaskEntry next;
}
