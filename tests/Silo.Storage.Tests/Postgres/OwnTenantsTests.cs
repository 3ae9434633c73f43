using Silo.Storage.Postgres;

namespace Silo.Storage.Tests.Postgres;

public sealed class OwnTenantsTests
{
    [Fact]
    public void A_tenant_that_left_while_a_claim_was_on_its_way_is_not_claimed_by_what_was_read_before()
    {
        var own = new OwnTenants();
        own.Add(new OwnTenant(1, "a", 0, 0));
        own.BeginClaims();
        own.Remove(1);
        Assert.False(own.TryClaim(new OwnTenant(1, "a", 0, 0), out _));
        Assert.Null(own.Find(1));

        own.BeginClaims();
        Assert.True(own.TryClaim(new OwnTenant(1, "a", 0, 0), out var isNew));
        Assert.True(isNew);
    }

    [Fact]
    public void A_tenant_that_is_leaving_is_not_claimed()
    {
        var own = new OwnTenants();
        own.Add(new OwnTenant(1, "a", 0, 0) { Leaving = true });
        own.BeginClaims();
        Assert.False(own.TryClaim(new OwnTenant(1, "a", 0, 0), out _));
    }
}
