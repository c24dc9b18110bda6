package io.headgate.examples.storm.workload;

/** The three parts of every storm. */
public enum Phase {
  BEFORE("calm"),
  DURING("surge"),
  AFTER("calm again");

  private final String title;

  Phase(String title) {
    this.title = title;
  }

  public String title() {
    return title;
  }
}
