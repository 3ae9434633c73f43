using System.Text.RegularExpressions;
using Silo.Server.Submission;
using Silo.Testing.EndToEnd;
using Xunit;
using RealServer = Silo.Testing.EndToEnd.ServerProcess;

namespace Silo.Conformance;

/// <summary>The real program with submission on two ports, a tenant, and loopback as a trusted network.</summary>
public sealed partial class SmtpServer : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("silo-smtp-").FullName;
    private RealServer? _process;
    private SesClient? _client;

    public string Output => _process?.Output ?? "";

    public int Port { get; private set; }

    public int TlsPort { get; private set; }

    public static string Password { get; } = SmtpPasswords.Derive(SesClient.Secret, "us-east-1");

    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["SMTP_HOST"] = "127.0.0.1", ["SMTP_PORT"] = $"{Port}", ["SMTP_TLS_PORT"] = $"{TlsPort}",
        ["SMTP_USER"] = SesClient.KeyId, ["SMTP_PASSWORD"] = Password,
        ["SMTP_CERTIFICATE"] = Path.Combine(_directory, "smtp-self-signed.pem"),
    };

    public async Task InitializeAsync()
    {
        _process = RealServer.Launch(
            Path.Combine(AppContext.BaseDirectory, "Silo.Server.dll"), _directory, ("Silo__Smtp__Endpoint", "127.0.0.1:0"),
            ("Silo__Smtp__ImplicitTlsEndpoint", "127.0.0.1:0"), ("Silo__Smtp__TrustedNetworks__0", "127.0.0.0/8"));
        _client = await _process.WhenReady();
        await Patiently.Until(() => Task.FromResult(ListeningAt().IsMatch(Output)), () => Output);
        var ports = ListeningAt().Match(Output);
        (Port, TlsPort) = (int.Parse(ports.Groups[1].Value), int.Parse(ports.Groups[2].Value));
        await _client.SetUp("acme");
    }

    public async Task DisposeAsync()
    {
        _client?.Dispose();
        if (_process is not null) await _process.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [GeneratedRegex(@"SMTP at 127\.0\.0\.1:([0-9]+), 127\.0\.0\.1:([0-9]+) \(TLS\)")]
    private static partial Regex ListeningAt();
}
