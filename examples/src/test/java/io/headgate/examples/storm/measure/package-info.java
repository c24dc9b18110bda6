@NullMarked
package io.headgate.examples.storm.measure;

import org.jspecify.annotations.NullMarked;
