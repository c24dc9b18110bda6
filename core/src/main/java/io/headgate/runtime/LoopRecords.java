package io.headgate.runtime;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Has the journal write down how often jobs were refused repetitions: each job waits for that at
 * most once, and only if there is something new. The dispatcher's, but for {@link #offer}.
 */
final class LoopRecords {
  /** In one turn. */
  private static final int BATCH = 64;

  private final JournalSink journal;
  private final Queue<LiveJob> jobs = new ConcurrentLinkedQueue<>();

  LoopRecords(JournalSink journal) {
    this.journal = journal;
  }

  /** One of its calls was refused. Any thread; after a thousand of them it does nothing. */
  void offer(LiveJob job) {
    if (job.wantsLoopsWritten()) {
      jobs.add(job);
    }
  }

  /** Writes some of them down, at the end of a turn, if there is room. */
  void turn() {
    LiveJob job = jobs.peek();
    for (int i = 0; i < BATCH && job != null && journal.hasRoom(); i++) {
      jobs.remove();
      if (job.recordNumber() != 0) {
        journal.looped(job, job.takeLoops());
      } else if (!job.isRetired()) {
        jobs.add(job); // its opening is still on its way
      }
      job = jobs.peek();
    }
  }
}
