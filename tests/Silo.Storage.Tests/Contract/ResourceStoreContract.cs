using Silo.Testing.Postgres;

namespace Silo.Storage.Tests.Contract;

public abstract class ResourceStoreContract : StoreContract
{
    private static readonly NewResource Identity =
        new(ResourceKind.EmailIdentity, "example.org", "arn:identity/example.org", Bytes("{\"v\":1}"), Noon, [new("b", "2"), new("a", "1")], 3);

    [ContractFact]
    public async Task A_resource_is_created_once_with_its_tags_up_to_the_limit_of_its_kind()
    {
        Assert.Equal(ResourceCreation.Created, await Store.Resources.Create(Identity, default));
        Assert.Equal(ResourceCreation.AlreadyExists, await Store.Resources.Create(Identity, default));
        for (var i = 0; i < 2; i++) Assert.Equal(ResourceCreation.Created, await Store.Resources.Create(Named($"{i}.example"), default));
        Assert.Equal(ResourceCreation.LimitReached, await Store.Resources.Create(Named("z.example"), default));
        Assert.Equal(ResourceCreation.Created, await Store.Resources.Create(Named("set") with { Kind = ResourceKind.ConfigurationSet }, default));
        await Crash();

        var stored = (await Store.Resources.Get(ResourceKind.EmailIdentity, "example.org", default))!;
        Assert.Equal((Identity.Name, Noon, 1), (stored.Name, stored.CreatedAt, stored.Version));
        Assert.Equal(Identity.Document.ToArray(), stored.Document.ToArray());
        Assert.Equal([new("a", "1"), new("b", "2")], await Store.Resources.GetTags(Identity.Arn, default));
        Assert.Null(await Store.Resources.Get(ResourceKind.ConfigurationSet, "example.org", default));
    }

    [ContractFact]
    public async Task Of_two_replacements_of_one_version_the_second_changes_nothing()
    {
        await Store.Resources.Create(Identity, default);

        Assert.True(await Store.Resources.Replace(Identity.Kind, Identity.Name, Bytes("2"), 1, default));
        Assert.False(await Store.Resources.Replace(Identity.Kind, Identity.Name, Bytes("3"), 1, default));
        Assert.False(await Store.Resources.Replace(Identity.Kind, "none", Bytes("3"), 1, default));

        var stored = (await Store.Resources.Get(Identity.Kind, Identity.Name, default))!;
        Assert.Equal((2, "2"), (stored.Version, System.Text.Encoding.UTF8.GetString(stored.Document.Span)));
    }

    [ContractFact]
    public async Task Tags_are_set_together_or_not_at_all()
    {
        Assert.True(await Store.Resources.SetTags("arn", [new("a", "1"), new("b", "1")], 3, default));
        Assert.False(await Store.Resources.SetTags("arn", [new("a", "2"), new("c", "2"), new("d", "2")], 3, default));
        Assert.True(await Store.Resources.SetTags("arn", [new("b", "3"), new("c", "3")], 3, default));
        Assert.Equal([new("a", "1"), new("b", "3"), new("c", "3")], await Store.Resources.GetTags("arn", default));

        await Store.Resources.RemoveTags("arn", ["a", "c", "none"], default);
        Assert.Equal([new("b", "3")], await Store.Resources.GetTags("arn", default));
    }

    [ContractFact]
    public async Task An_association_needs_both_ends_and_keeps_the_resource_from_being_deleted()
    {
        var association = new Association("a", "tn-a", Identity.Arn, Identity.Kind, Identity.Name, Noon);
        Assert.Equal(AssociationResult.NoSuchTenant, await Store.Resources.Associate(association, 1, default));
        await CreateTenant("a");
        Assert.Equal(AssociationResult.NoSuchResource, await Store.Resources.Associate(association, 1, default));
        await Store.Resources.Create(Identity, default);
        Assert.Equal(AssociationResult.Associated, await Store.Resources.Associate(association, 1, default));
        Assert.Equal(AssociationResult.AlreadyAssociated, await Store.Resources.Associate(association, 1, default));
        var second = Named("b.example");
        await Store.Resources.Create(second, default);
        var beyond = association with { ResourceArn = second.Arn, ResourceName = second.Name };
        Assert.Equal(AssociationResult.LimitReached, await Store.Resources.Associate(beyond, 1, default));

        Assert.Equal(ResourceDeletion.HasAssociations, await Store.Resources.Delete(Identity.Kind, Identity.Name, Identity.Arn, default));
        Assert.True(await Store.Resources.Dissociate("a", Identity.Arn, default));
        Assert.False(await Store.Resources.Dissociate("a", Identity.Arn, default));
        Assert.Equal(ResourceDeletion.Deleted, await Store.Resources.Delete(Identity.Kind, Identity.Name, Identity.Arn, default));
        Assert.Equal(ResourceDeletion.NotFound, await Store.Resources.Delete(Identity.Kind, Identity.Name, Identity.Arn, default));
        Assert.Empty(await Store.Resources.GetTags(Identity.Arn, default));
    }

    [ContractFact]
    public async Task Associations_are_listed_from_both_ends_page_by_page()
    {
        foreach (var tenant in new[] { "a", "B", "c" }) await CreateTenant(tenant);
        foreach (var name in new[] { "x", "y", "z" }) await Store.Resources.Create(Named(name), default);
        await Store.Resources.Create(Named("set") with { Kind = ResourceKind.ConfigurationSet }, default);
        foreach (var tenant in new[] { "c", "a", "B" })
        {
            foreach (var name in new[] { "z", "x", "y" })
                await Store.Resources.Associate(new(tenant, $"tn-{tenant}", $"arn:{name}", ResourceKind.EmailIdentity, name, Noon), 10, default);
        }

        await Store.Resources.Associate(new("a", "tn-a", "arn:set", ResourceKind.ConfigurationSet, "set", Noon), 10, default);

        var first = await Store.Resources.ListByTenant("a", null, null, 3, default);
        Assert.Equal(["arn:set", "arn:x", "arn:y"], first.Items.Select(a => a.ResourceArn));
        var rest = await Store.Resources.ListByTenant("a", null, first.Next, 3, default);
        Assert.Equal((new Association("a", "tn-a", "arn:z", ResourceKind.EmailIdentity, "z", Noon), null), (Assert.Single(rest.Items), rest.Next));
        Assert.Equal("arn:set", Assert.Single((await Store.Resources.ListByTenant("a", ResourceKind.ConfigurationSet, null, 9, default)).Items).ResourceArn);
        var tenants = await Store.Resources.ListByResource("arn:x", null, 2, default);
        Assert.Equal(["B", "a"], tenants.Items.Select(a => a.TenantName));
        Assert.Equal(["c"], (await Store.Resources.ListByResource("arn:x", tenants.Next, 2, default)).Items.Select(a => a.TenantName));
    }

    [ContractFact]
    public async Task Resources_are_listed_by_kind_in_ordinal_order()
    {
        foreach (var name in new[] { "b", "C", "a1" }) await Store.Resources.Create(Named(name), default);
        await Store.Resources.Create(Named("a2") with { Kind = ResourceKind.EmailTemplate }, default);

        var page = await Store.Resources.List(ResourceKind.EmailIdentity, null, null, 2, default);
        Assert.Equal(["C", "a1"], page.Items.Select(r => r.Name));
        Assert.Equal(["b"], (await Store.Resources.List(ResourceKind.EmailIdentity, page.Next, null, 2, default)).Items.Select(r => r.Name));
        Assert.Equal(["a1"], (await Store.Resources.List(ResourceKind.EmailIdentity, null, "a", 2, default)).Items.Select(r => r.Name));
    }

    private static NewResource Named(string name) => Identity with { Name = name, Arn = $"arn:{name}", Tags = [] };
}
