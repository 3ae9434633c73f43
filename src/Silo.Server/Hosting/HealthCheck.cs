namespace Silo.Server.Hosting;

/// <summary>The verb <c>healthcheck</c>: asks the server that this configuration describes whether it is ready. For container engines.</summary>
internal static class HealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static async Task<int> Run(string[] args)
    {
        var (settings, _) = SiloSettings.Read(WebApplication.CreateSlimBuilder(args).Configuration);
        if (!Uri.TryCreate(settings.Silo.Http.Url, UriKind.Absolute, out var url)) return 1;
        // Listening on all addresses, it answers on this one.
        var host = url.Host is "0.0.0.0" or "[::]" or "*" or "+" ? "127.0.0.1" : url.Host;
        using var client = new HttpClient { Timeout = Patience };
        try
        {
            using var response = await client.GetAsync(new UriBuilder(url) { Host = host, Path = "/readyz" }.Uri);
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return 1;
        }
    }
}
