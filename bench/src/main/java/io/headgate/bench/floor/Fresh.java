package io.headgate.bench.floor;

import com.lmax.disruptor.EventPoller;
import org.jspecify.annotations.Nullable;

/** An object as large as Headgate's handle: 128 bytes. */
public final class Fresh {
  /** What Headgate's handle has, one after the other. */
  final long l0, l1, l2, l3, l4, l5, l6, l7, l8, l9, l10, l11, l12, l13;

  /** A slot of a ring that carries one. */
  public static final class Slot {
    /** Empties slots. */
    public static final EventPoller.Handler<Slot> EMPTY =
        (slot, sequence, endOfBatch) -> {
          slot.object = null;
          return true;
        };

    /** What it carries. */
    public @Nullable Object object;

    /** Or a word. */
    public long word;

    /** An empty one. */
    public Slot() {}
  }

  /** One that is full of this. */
  public Fresh(long l) {
    l0 = l1 = l2 = l3 = l4 = l5 = l6 = l7 = l8 = l9 = l10 = l11 = l12 = l13 = l;
  }
}
