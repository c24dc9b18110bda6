package io.headgate.journal;

import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;

/** Of what settings are. A record has the ordinal: new ones come last. */
enum SettingsKind {
  HEADGATE(HeadgateSettings.class, HeadgateSettings.DEFAULT),
  AGENT(AgentSettings.class, AgentSettings.DEFAULT),
  TARGET(TargetSettings.class, TargetSettings.DEFAULT),
  JOB(JobSettings.class, JobSettings.DEFAULT),
  SPENDING(SpendingLimits.class, SpendingLimits.NONE);

  final Class<? extends Record> type;

  /** What a journal that is older than a component means by leaving it out. */
  @SuppressWarnings("ImmutableEnumChecker") // all of them are
  final Record defaults;

  SettingsKind(Class<? extends Record> type, Record defaults) {
    this.type = type;
    this.defaults = defaults;
  }

  static SettingsKind of(Record settings) {
    for (SettingsKind kind : values()) {
      if (kind.type.isInstance(settings)) {
        return kind;
      }
    }
    throw new IllegalArgumentException("no settings: a " + settings.getClass().getName());
  }
}
