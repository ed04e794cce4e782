/** An executor with one thread for each request, never shut down. With a number: so many executors are shared. */
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

class Main {
  public static void main(String[] args) throws Exception {
    int most = args.length > 0 && args[0].matches("\\d+") ? Integer.parseInt(args[0]) : Integer.MAX_VALUE;
    List<ExecutorService> pools = new ArrayList<>();
    for (int request = 0; ; request++) {
      if (pools.size() < most) pools.add(Executors.newSingleThreadExecutor());
      pools.get(request % pools.size()).submit(() -> new byte[64 * 1024].length);
      Thread.sleep(400);
    }
  }
}
