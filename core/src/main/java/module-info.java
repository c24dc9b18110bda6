/** Headgate's core: admission, engine and runtime. */
module io.headgate.core {
  requires com.lmax.disruptor;
  requires transitive org.agrona;
  requires HdrHistogram;
  requires org.slf4j;
  requires static transitive org.jspecify;
  requires jdk.jfr;
  requires java.net.http;

  exports io.headgate;
  exports io.headgate.simulation;
}
