package io.headgate.journal;

import io.headgate.JobSettings;
import io.headgate.admission.JobAccount;
import io.headgate.journal.sbe.JobDeclaredDecoder;
import org.jspecify.annotations.Nullable;

/** A job as its record says. */
final class ReplayedJob extends JobAccount {
  private final long number;
  private final String name;

  /** As the record says. */
  ReplayedJob(JobDeclaredDecoder record, @Nullable JobAccount parent, JobSettings settings) {
    super(record.place(), parent, record.step(), record.deadlineNs(), settings);
    number = record.number();
    name = record.name();
  }

  long number() {
    return number;
  }

  @Override
  public String name() {
    return name;
  }
}
