using Silo.Server.Tests.SesApi;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Submission;

public sealed class KeyConnectionsTests : IAsyncLifetime
{
    private const string TooMany = "454 4.7.0 Too many connections with this access key, come back later";

    private readonly SubmissionServer _server = new();

    public Task InitializeAsync()
    {
        _server.Api.Settings["Silo:Smtp:MaxConnectionsPerKey"] = "2";
        return _server.InitializeAsync();
    }

    public Task DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_tenants_key_has_so_many_connections_at_a_time_and_a_closed_one_makes_room()
    {
        var (user, password) = await _server.TenantKey();
        await using var first = await _server.Connect();
        Assert.StartsWith("235", await first.Login(user, password));
        var second = await _server.Connect();
        Assert.StartsWith("235", await second.Login(user, password));
        await using var third = await _server.Connect();
        Assert.Equal(TooMany, await third.Login(user, password));
        Assert.Equal("530 5.7.0 Authentication required", await third.Say("MAIL FROM:<news@acme.example>"));

        // Who logs in again behind the handshake keeps one place, and who fails has none.
        await first.StartTls();
        Assert.StartsWith("235", await first.Login(user, password));
        Assert.StartsWith("535", await third.Login(user, "wrong"));
        Assert.Equal(TooMany, await third.Login(user, password));

        await second.DisposeAsync();
        await Patiently.Until(
            async () =>
            {
                // Too many failures end a connection.
                await using var fourth = await _server.Connect();
                return (await fourth.Login(user, password)).StartsWith("235", StringComparison.Ordinal);
            },
            () => "the place of the closed connection is free");
    }

    [Fact]
    public async Task The_accounts_own_keys_serve_whole_fleets()
    {
        await using var first = await _server.Login();
        await using var second = await _server.Login();
        await using var third = await _server.Connect();
        Assert.StartsWith("235", await third.Login(ApiServer.KeyId, SubmissionServer.Password));
    }
}
