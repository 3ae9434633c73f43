using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Silo.Server.PublicWeb;

/// <summary>
/// The listener that the world reaches, a web server of its own: nothing of the API can be reached through it, and its limits are not the
/// API's. It comes up when tenants answer and goes down before them.
/// </summary>
internal sealed partial class PublicServer(
    PublicOptions options, IEnumerable<PublicRoute> routes, PublicLinks links, ILoggerFactory loggers)
    : IHostedLifecycleService
{
    private const int MaxBodyBytes = 16 * 1024;
    private const int MaxHeaderBytes = 16 * 1024;
    private const int MaxHeaders = 60;
    private const int MaxRequestLineBytes = 8 * 1024;

    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(30);

    private readonly ILogger _log = loggers.CreateLogger<PublicServer>();
    private WebApplication? _app;
    private AddressLimiter? _limiter;

    /// <summary>Where it listens, with the port that it took; null before it does.</summary>
    public string? Url { get; private set; }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        _limiter = new AddressLimiter(options.RequestsPerSecondPerAddress, options.BurstPerAddress);
        _app = Build(_limiter);
        await _app.StartAsync(cancellationToken);
        Url = _app.Urls.First();
        links.ListensAt(Url);
        LogListening(_log, Url, links.Base);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_app is not null)
        {
            await _app.StopAsync(cancellationToken);
            await _app.DisposeAsync();
        }

        _limiter?.Dispose();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private WebApplication Build(AddressLimiter limiter)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        // The process ends by the server's own host; a second one that hears of signals would be in its way.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseUrls(options.Url).ConfigureKestrel(Limit);
        var app = builder.Build();
        if (options.TrustedProxies.Count > 0) app.UseForwardedHeaders(options.Forwarding(ForwardedHeaders.XForwardedFor));
        app.UseMiddleware<PublicGuard>(limiter);
        app.UseRouting();
        foreach (var route in routes) app.MapMethods(route.Pattern, [route.Method], route.Handle);
        return app;
    }

    private void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
        kestrel.Limits.MaxRequestHeaderCount = MaxHeaders;
        kestrel.Limits.MaxRequestLineSize = MaxRequestLineBytes;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        var shares = new AddressShares(options.MaxConnectionsPerAddress, [.. options.TrustedProxies.Select(NetworkOf)]);
        // Before TLS: a handshake is the dearest part of a connection.
        kestrel.ConfigureEndpointDefaults(listen => listen.Use(next => connection => Share(shares, next, connection)));
        kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = KeepAliveTimeout;
        if (options.CertificatePath is not { } certificate) return;
        var loaded = X509Certificate2.CreateFromPemFile(certificate, options.KeyPath);
        kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = loaded);
    }

    private static async Task Share(AddressShares shares, ConnectionDelegate next, ConnectionContext connection)
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.Loopback;
        if (!shares.TryTake(address))
        {
            connection.Abort();
            return;
        }

        try
        {
            await next(connection);
        }
        finally
        {
            shares.Give(address);
        }
    }

    private static System.Net.IPNetwork NetworkOf(string proxy) => IPAddress.TryParse(proxy, out var address)
        ? new System.Net.IPNetwork(address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128)
        : System.Net.IPNetwork.Parse(proxy);

    [LoggerMessage(4501, LogLevel.Information, "Links in mail are served at {Url} and lead to {Base}")]
    private static partial void LogListening(ILogger logger, string url, string @base);

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
