import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBRequestHandler;
import com.amazonaws.services.dynamodbv2.local.server.LocalDynamoDBServerHandler;
import java.net.InetSocketAddress;
import java.util.logging.LogManager;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.ContextHandler;

/**
 * DynamoDB Local in memory, on a free port of this machine only, until its input ends.
 *
 * <p>Its own runner listens on every address and reports home.
 */
class Serve {
    public static void main(String[] arguments) throws Exception {
        // It would warn of a library that it does without.
        LogManager.getLogManager().reset();
        boolean inMemory = true;
        boolean oneForAllCredentials = true;
        boolean slowTables = false;
        var requests = new LocalDynamoDBRequestHandler(0, inMemory, null, oneForAllCredentials, slowTables);
        var server = new Server(new InetSocketAddress("127.0.0.1", 0));
        server.setHandler(new ContextHandler(new LocalDynamoDBServerHandler(requests, null)));
        server.start();
        System.out.println("http://127.0.0.1:" + server.getURI().getPort());
        while (System.in.read() != -1) {}
        Runtime.getRuntime().halt(0);
    }
}
