import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.geo.GeoModulePlugin;
import org.opensearch.index.mapper.MapperExtrasPlugin;
import org.opensearch.index.reindex.ReindexPlugin;
import org.opensearch.ingest.common.IngestCommonPlugin;
import org.opensearch.join.ParentJoinPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.painless.PainlessPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.script.expression.ExpressionPlugin;
import org.opensearch.script.mustache.MustachePlugin;
import org.opensearch.search.aggregations.matrix.MatrixAggregationPlugin;
import org.opensearch.transport.Netty4Plugin;

/**
 * One node of OpenSearch with the modules that its distribution has, all of them on one class path.
 *
 * <p>The distribution loads each module by a class loader of its own, and those are not kept in a class-data archive: it
 * would start in twice the time. Argument: the folder that holds config/opensearch.yml and config/log4j2.properties.
 */
public final class CertNode extends Node {
  // DIRAC needs the first three: HTTP, scripts, changes by query.
  private static final List<Class<? extends Plugin>> MODULES =
      List.of(
          Netty4Plugin.class,
          PainlessPlugin.class,
          ReindexPlugin.class,
          CommonAnalysisPlugin.class,
          ExpressionPlugin.class,
          GeoModulePlugin.class,
          IngestCommonPlugin.class,
          MapperExtrasPlugin.class,
          MatrixAggregationPlugin.class,
          MustachePlugin.class,
          ParentJoinPlugin.class);

  private CertNode(Environment environment) {
    super(environment, MODULES, false);
  }

  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]).toAbsolutePath();
    Path config = home.resolve("config");
    System.setProperty("opensearch.path.conf", config.toString());
    Settings settings = Settings.builder().put("path.home", home.toString()).build();
    Environment environment =
        InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), config, () -> "opensearch");
    LogConfigurator.setNodeName("opensearch");
    LogConfigurator.configure(environment);
    Files.createDirectories(environment.logsFile());
    CertNode node = new CertNode(environment);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
    node.start();
    new CountDownLatch(1).await();
  }

  private static void close(CertNode node) {
    try {
      node.close();
    } catch (java.io.IOException error) {
      System.err.println("OpenSearch did not close its files: " + error);
    }
  }
}
