package io.headgate.runtime;

import io.headgate.admission.AgentGate;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The durations of all agents: fine ones for the busiest {@value #FINE}, coarse ones for the
 * others. One writer, the dispatcher.
 *
 * <p>Busy is who recorded most, each half-interval counting half as much as the next. An agent
 * takes a place from the least busy of the busiest when it has an eighth and {@value #MARGIN} more:
 * a bar that is looked up again when somebody crosses it, at most {@value #MAX_LOOKS} times a
 * half-interval. So it costs a comparison an event, and the same events give the same choice.
 */
final class AgentDurations {
  /** How many agents have fine durations. */
  static final int FINE = 64;

  private static final int MARGIN = 8;
  private static final int MAX_LOOKS = 32;

  /** One agent's. */
  private static final class Entry {
    final AgentGate gate;
    @Nullable FineDurations fine;
    @Nullable CoarseDurations coarse;
    long activity;
    long half;

    Entry(AgentGate gate, long half) {
      this.gate = gate;
      this.half = half;
    }

    long activity(long half) {
      activity >>= (int) Math.min(63, half - this.half);
      this.half = half;
      return activity;
    }

    DurationSink sink() {
      if (fine != null) {
        return fine;
      }
      if (coarse == null) {
        coarse = new CoarseDurations();
      }
      return coarse;
    }
  }

  private final @Nullable Entry[] busiest = new Entry[FINE];
  private @Nullable Entry[] entries = new Entry[FINE];
  private int fineCount;
  private long bar;
  private int looks;
  private long half;

  void record(AgentGate gate, int kind, long ns, long half) {
    Entry entry = entryOf(gate, half);
    if (half != this.half) {
      this.half = half;
      bar = 0;
      looks = 0;
    }
    long activity = entry.activity(half) + 1;
    entry.activity = activity;
    if (entry.fine == null && (fineCount < FINE || activity > bar) && looks < MAX_LOOKS) {
      makeFine(entry, half);
    }
    entry.sink().record(kind, ns, 1, half);
  }

  // A place is reused after its agent was evicted: who is there now is told by identity.
  private Entry entryOf(AgentGate gate, long half) {
    int index = gate.index();
    if (index >= entries.length) {
      entries = Arrays.copyOf(entries, Math.max(index + 1, entries.length * 2));
    }
    Entry entry = entries[index];
    if (entry == null || entry.gate != gate) {
      if (entry != null && entry.fine != null) {
        remove(entry);
      }
      entry = new Entry(gate, half);
      entries[index] = entry;
    }
    return entry;
  }

  private void remove(Entry entry) {
    int place = Arrays.asList(busiest).indexOf(entry);
    busiest[place] = busiest[--fineCount];
    busiest[fineCount] = null;
  }

  private void makeFine(Entry entry, long half) {
    if (fineCount < FINE) {
      busiest[fineCount++] = entry;
      promote(entry, new FineDurations(), half);
      return;
    }
    looks++;
    int place = leastBusy(half);
    Entry least = busiest[place];
    assert least != null && least.fine != null;
    bar = least.activity(half) + (least.activity >> 3) + MARGIN;
    if (entry.activity > bar) {
      FineDurations fine = least.fine;
      least.fine = null;
      least.coarse = new CoarseDurations();
      fine.pourInto(least.coarse, half);
      fine.clear();
      busiest[place] = entry;
      promote(entry, fine, half);
    }
  }

  private static void promote(Entry entry, FineDurations fine, long half) {
    entry.fine = fine;
    if (entry.coarse != null) {
      entry.coarse.pourInto(fine, half);
      entry.coarse = null;
    }
  }

  private int leastBusy(long half) {
    int least = 0;
    long activity = Long.MAX_VALUE;
    for (int place = 0; place < FINE; place++) {
      Entry entry = busiest[place];
      assert entry != null;
      if (entry.activity(half) < activity) {
        activity = entry.activity;
        least = place;
      }
    }
    return least;
  }

  /** Lends one agent's. */
  DurationSink.Lent lend(AgentGate gate, long half) {
    Entry entry = gate.index() < entries.length ? entries[gate.index()] : null;
    return entry == null || entry.gate != gate ? DurationSink.NOTHING : entry.sink().lend(half);
  }
}
