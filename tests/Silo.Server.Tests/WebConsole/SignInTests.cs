using System.Security.Cryptography;
using Silo.Server.Access;
using Silo.Server.WebConsole.Sessions;
using Silo.Testing;
using Xunit;

namespace Silo.Server.Tests.WebConsole;

public sealed class SignInTests : IDisposable
{
    private const string Id = "AKIATESTS00000000001";
    private const string Secret = "tests/secret";
    private readonly HostileTimeProvider _time = new();
    private readonly RandomNumberGenerator _random = RandomNumberGenerator.Create();
    private readonly SignIn _signIn;

    public SignInTests() =>
        _signIn = new SignIn(new AccessKeys(RootKey.Load(Id, Secret, "unused", _random), null, _time), _random, _time);

    public void Dispose() => _random.Dispose();

    [Fact]
    public async Task After_ten_wrong_tries_an_address_waits_five_minutes_and_others_do_not()
    {
        for (var i = 0; i < SignIn.MaxTries; i++) Assert.Null(await _signIn.ByKey(Id, "wrong", "192.0.2.1", default));
        Assert.True(_signIn.IsLockedOut("192.0.2.1"));
        Assert.Null(await _signIn.ByKey(Id, Secret, "192.0.2.1", default));
        Assert.NotNull(await _signIn.ByKey(Id, Secret, "192.0.2.2", default));

        _time.Advance(SignIn.TryWindow);
        Assert.NotNull(await _signIn.ByKey(Id, Secret, "192.0.2.1", default));
    }

    [Fact]
    public void A_link_is_over_after_its_lifetime()
    {
        var (early, late) = (_signIn.NewLink(), _signIn.NewLink());
        _time.Advance(SignIn.LinkLifetime - TimeSpan.FromSeconds(1));
        Assert.Equal(Id, _signIn.ByLink(early)?.Id);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_signIn.ByLink(late));
        Assert.Null(_signIn.ByLink("neverGiven"));
    }

    [Fact]
    public async Task No_key_without_a_secret_signs_in() => Assert.Null(await _signIn.ByKey("AKIANOBODY0000000001", "", "192.0.2.1", default));
}
