namespace Silo.Server.Delivery.Pacing;

/// <summary>What a budget is for; a closed set.</summary>
internal enum BudgetKind
{
    Account,
    Pool,

    /// <summary>Pool × provider.</summary>
    Route,

    /// <summary>A source address, towards all providers.</summary>
    Address,

    /// <summary>Source address × provider.</summary>
    Source,
}

/// <summary>Which of the budgets that tenants share it is: the same on every silo, and after a restart.</summary>
/// <param name="Name">Of the pool, or the address in its canonical form; "" for the account.</param>
/// <param name="Provider">By <see cref="Core.Addresses.MailboxProvider.Name"/>; "" for all.</param>
internal readonly record struct BudgetKey(BudgetKind Kind, string Name = "", string Provider = "")
{
    public static BudgetKey Account { get; } = new(BudgetKind.Account);

    public static BudgetKey OfPool(string pool) => new(BudgetKind.Pool, pool);

    public static BudgetKey OfRoute(string pool, string provider) => new(BudgetKind.Route, pool, provider);

    public static BudgetKey OfAddress(string ip) => new(BudgetKind.Address, ip);

    public static BudgetKey OfSource(string ip, string provider) => new(BudgetKind.Source, ip, provider);

    /// <summary>As people read it: "account", "pool news", "news × Gmail", "192.0.2.1", "192.0.2.1 × Gmail".</summary>
    public override string ToString() => Kind switch
    {
        BudgetKind.Account => "account",
        BudgetKind.Pool => $"pool {Name}",
        BudgetKind.Address => Name,
        _ => $"{Name} × {Provider}",
    };
}
