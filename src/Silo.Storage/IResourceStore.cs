namespace Silo.Storage;

/// <summary>
/// What belongs to the account: identities, configuration sets, sending pools, addresses, settings, each a JSON document under a kind and a name; tags by
/// ARN; associations of resources with tenants. Every change is one commit.
/// </summary>
public interface IResourceStore
{
    ValueTask<StoredResource?> Get(ResourceKind kind, string name, CancellationToken cancellationToken);

    /// <summary>Creates a resource with its tags, or says why not.</summary>
    ValueTask<ResourceCreation> Create(NewResource resource, CancellationToken cancellationToken);

    /// <summary>Replaces a document if its version is still <paramref name="expectedVersion"/>. False when it is not, or is gone.</summary>
    ValueTask<bool> Replace(ResourceKind kind, string name, ReadOnlyMemory<byte> document, long expectedVersion, CancellationToken cancellationToken);

    /// <summary>Deletes a resource and its tags unless a tenant is associated with it.</summary>
    ValueTask<ResourceDeletion> Delete(ResourceKind kind, string name, string arn, CancellationToken cancellationToken);

    /// <summary>Resources of a kind in the order of their names (ordinal) after <paramref name="afterName"/>.</summary>
    ValueTask<Page<StoredResource>> List(ResourceKind kind, string? afterName, string? nameContains, int pageSize, CancellationToken cancellationToken);

    ValueTask<IReadOnlyList<ResourceTag>> GetTags(string arn, CancellationToken cancellationToken);

    /// <summary>Sets tags (a key that exists is replaced) unless there would be more than <paramref name="maxTags"/>: then false, nothing changed.</summary>
    ValueTask<bool> SetTags(string arn, IReadOnlyList<ResourceTag> tags, int maxTags, CancellationToken cancellationToken);

    ValueTask RemoveTags(string arn, IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>Associates a resource with a tenant. The existence of both is checked in the same commit.</summary>
    ValueTask<AssociationResult> Associate(Association association, int maxPerTenant, CancellationToken cancellationToken);

    /// <summary>False when there was no such association.</summary>
    ValueTask<bool> Dissociate(string tenantName, string resourceArn, CancellationToken cancellationToken);

    /// <summary>Associations of a tenant in the order of their ARNs after <paramref name="afterArn"/>, of one kind if given.</summary>
    ValueTask<Page<Association>> ListByTenant(string tenantName, ResourceKind? kind, string? afterArn, int pageSize, CancellationToken cancellationToken);

    /// <summary>Associations of a resource in the order of the tenants' names after <paramref name="afterTenant"/>.</summary>
    ValueTask<Page<Association>> ListByResource(string resourceArn, string? afterTenant, int pageSize, CancellationToken cancellationToken);
}

/// <summary>The numbers are stored: never renumber, only append.</summary>
public enum ResourceKind
{
    EmailIdentity = 1,
    ConfigurationSet = 2,
    EmailTemplate = 3,

    /// <summary>Settings of the account: one document by the name "account".</summary>
    Account = 4,

    SendingPool = 5,

    /// <summary>By the address in its canonical form.</summary>
    DedicatedIp = 6,

    /// <summary>The platform's own rules about replies: one document by the name "reply-rules".</summary>
    ReplyRules = 7,

    /// <summary>What the account and each pool has used of its quota: "account", or "pool:" and the name.</summary>
    PoolBooks = 8,

    /// <summary>What return paths and references are signed with: one document by the name "feedback-keys".</summary>
    FeedbackKeys = 9,

    /// <summary>A reputation policy of the platform's own; tenants that use it are associated with it.</summary>
    ReputationPolicy = 10,

    /// <summary>Who is told of events: a document for each configuration set that has destinations, and "*" for the default ones.</summary>
    EventDestinations = 11,

    /// <summary>What providers measured: "google-postmaster:" and a domain, "snds:" and an address, and when it was fetched.</summary>
    ProviderData = 12,

    /// <summary>Trust tiers: one document by the name "tiers". Open reviews of tenants: each by "review:" and the tenant's name.</summary>
    Trust = 13,

    /// <summary>What blocklists say: "round" and "zones", and by "subject:" and its name each address and domain.</summary>
    BlocklistState = 14,

    /// <summary>What messages to endpoints are signed with: one document by the name "event-keys".</summary>
    EventKeys = 15,

    /// <summary>An endpoint of an SNS destination that confirmed its subscription.</summary>
    EventSubscription = 16,

    /// <summary>
    /// Access keys, each by its id. By "~tenant:" and its name, a tenant's key ids; by "~operator" those of operators; by "~ring:" a part
    /// of the key ring that secrets are encrypted with.
    /// </summary>
    Credential = 17,

    /// <summary>What mail from an identity is signed with, by the identity's name; "~platform" and "~round" are the platform's.</summary>
    IdentityKeys = 18,

    /// <summary>The policies of an identity, by the identity's name.</summary>
    IdentityPolicy = 19,

    /// <summary>What verifies an address in words of the account's own, by the name of the template.</summary>
    CustomVerificationTemplate = 20,

    /// <summary>A contact list; its contacts are in a table of their own.</summary>
    ContactList = 21,

    /// <summary>An import job, by its id.</summary>
    ImportJob = 22,

    /// <summary>An export job, by its id.</summary>
    ExportJob = 24,

    /// <summary>What links in mail are signed with: one document by the name "link-keys".</summary>
    LinkKeys = 23,

    /// <summary>An address that is to be erased or was: each by its id, and "$key", what pseudonyms are made with.</summary>
    Erasure = 25,
}

public sealed record ResourceTag(string Key, string Value);

/// <param name="Document">UTF-8 JSON, opaque to the store.</param>
/// <param name="Version">1 at creation, one more with each replacement.</param>
public sealed record StoredResource(ResourceKind Kind, string Name, ReadOnlyMemory<byte> Document, DateTimeOffset CreatedAt, long Version);

/// <param name="MaxOfKind">The limit on resources of this kind.</param>
public sealed record NewResource(
    ResourceKind Kind, string Name, string Arn, ReadOnlyMemory<byte> Document, DateTimeOffset CreatedAt,
    IReadOnlyList<ResourceTag> Tags, int MaxOfKind);

public enum ResourceCreation
{
    Created,
    AlreadyExists,
    LimitReached,
}

public enum ResourceDeletion
{
    Deleted,
    NotFound,
    HasAssociations,
}

public sealed record Association(
    string TenantName, string TenantId, string ResourceArn, ResourceKind Kind, string ResourceName, DateTimeOffset CreatedAt);

public enum AssociationResult
{
    Associated,
    AlreadyAssociated,
    NoSuchTenant,
    NoSuchResource,
    LimitReached,
}
