package io.headgate.runtime;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Gates;
import io.headgate.admission.RefusalCounts;
import io.headgate.admission.TargetGate;
import io.headgate.engine.Engine;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Has the journal write down what was refused: how much in all, of each agent and at each target,
 * every so often, from the cells that submitters count in; and each refusal by itself, if the
 * journal wants that, as far as there is room. The dispatcher's, but for {@link #offer}. Allocates
 * nothing in steady state.
 */
final class RefusalRecords {
  /** Agents and targets that are looked at in one turn. */
  private static final int SLICE = 256;

  private static final int QUEUE = 4_096;
  private static final int BATCH = 64;

  private static final class Slot {
    long stampNs;
    @Nullable String job;
    @Nullable AgentGate agent;
    @Nullable TargetGate target;
    @Nullable Refused<?> refused;

    void clear() {
      job = null;
      agent = null;
      target = null;
      refused = null;
    }
  }

  private final JournalSink journal;
  private final Gates gates;
  private final long[] news = new long[Refusal.values().length];
  private final long everyNs;

  // Between looks both are at their ends.
  private int agent = Integer.MAX_VALUE;
  private int target = Integer.MAX_VALUE;
  private long sinceNs;
  private long begunNs;

  // Of each one; many writers, unless nobody wants to hear of them.
  private final @Nullable RingBuffer<Slot> queue;
  private final @Nullable EventPoller<Slot> poller;
  private final EventPoller.Handler<Slot> handler = this::write;
  private final LongAdder lost = new LongAdder();
  private int inBatch;

  RefusalRecords(JournalSink journal, Gates gates, long nowNs) {
    this.journal = journal;
    this.gates = gates;
    everyNs = journal.refusalsEveryNs();
    begunNs = nowNs;
    if (journal.wantsEachRefusal()) {
      queue = RingBuffer.createMultiProducer(Slot::new, QUEUE);
      poller = queue.newPoller();
      queue.addGatingSequences(poller.getSequence());
    } else {
      queue = null;
      poller = null;
    }
  }

  /**
   * A task was refused. Any thread; does nothing unless the journal wants each, and then writes one
   * word that other refused threads write too.
   */
  void offer(Refused<?> refused, String job, AgentGate agent, TargetGate target, long stampNs) {
    if (queue == null) {
      return;
    }
    long sequence;
    try {
      sequence = queue.tryNext();
    } catch (InsufficientCapacityException e) { // made once, without a stack
      lost.increment();
      return;
    }
    Slot slot = queue.get(sequence);
    slot.stampNs = stampNs;
    slot.job = job;
    slot.agent = agent;
    slot.target = target;
    slot.refused = refused;
    queue.publish(sequence);
  }

  /** Looks, at the end of a turn, whether it is time. */
  void turn(Engine engine) {
    writeEach();
    if (engine.nowNs() - begunNs >= everyNs) {
      begin(engine.nowNs());
    }
    look(engine, SLICE);
  }

  /** Writes all down that is there: nothing more is refused. */
  void rest(Engine engine) {
    do {
      writeEach();
    } while (inBatch > 0);
    look(engine, Integer.MAX_VALUE); // what an earlier turn has begun
    begin(engine.nowNs());
    look(engine, Integer.MAX_VALUE);
  }

  private void writeEach() {
    inBatch = 0;
    if (poller == null || !journal.hasRoom()) {
      return;
    }
    try {
      poller.poll(handler);
    } catch (Exception e) { // the handler throws none
      throw new IllegalStateException(e);
    }
  }

  private boolean write(Slot slot, long sequence, boolean endOfBatch) {
    Refused<?> refused = Objects.requireNonNull(slot.refused);
    journal.refused(
        slot.stampNs,
        Objects.requireNonNull(slot.job),
        Objects.requireNonNull(slot.agent),
        Objects.requireNonNull(slot.target),
        refused.reason(),
        refused.retryAfter().toNanos());
    slot.clear();
    return ++inBatch < BATCH && journal.hasRoom();
  }

  private void begin(long nowNs) {
    sinceNs = begunNs;
    begunNs = nowNs;
    agent = 0;
    target = 0;
    record(nowNs, gates.refusals(), null, null, lost.sumThenReset());
  }

  private void look(Engine engine, int most) {
    int left = most;
    for (; left > 0 && agent < engine.agentPlaces(); left--, agent++) {
      AgentGate gate = engine.agentAt(agent);
      if (gate != null) {
        record(engine.nowNs(), gate, null);
      }
    }
    for (; left > 0 && target < engine.targetPlaces(); left--, target++) {
      TargetGate gate = engine.targetAt(target);
      if (gate != null) {
        record(engine.nowNs(), null, gate);
      }
    }
  }

  /** Writes down what one of them refused since it was last looked at. */
  void record(long nowNs, @Nullable AgentGate agent, @Nullable TargetGate target) {
    RefusalCounts counts =
        agent != null ? agent.refusalsOrNull() : target == null ? null : target.refusalsOrNull();
    if (counts != null) {
      record(nowNs, counts, agent, target, 0);
    }
  }

  private void record(
      long nowNs,
      RefusalCounts counts,
      @Nullable AgentGate agent,
      @Nullable TargetGate target,
      long lost) {
    if (counts.take(news) > 0 || lost > 0) {
      journal.refused(sinceNs, nowNs, agent, target, news, lost);
    }
  }
}
