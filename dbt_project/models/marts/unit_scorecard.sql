with

files as (

    select * from {{ ref('stg_ingested_files') }}

),

quarantined as (

    select * from {{ ref('stg_quarantined_rows') }}

),

loaded_rows as (

    select * from {{ ref('int_loaded_rows') }}

),

timed_rows as (

    select * from {{ ref('int_timed_rows') }}

),

-- a file delivered twice (F00) changes nothing, here neither
received_files as (

    select
        source_file,
        unit_code,
        item_code,
        {{ month_start('delivery_date') }} as month,
        delivery_date,
        fault is null as is_taken,
        rows_delivered,
        rows_loaded,
        rows_quarantined
    from files
    where
        coalesce(fault, '') <> 'F00'
        and unit_code is not null
        and item_code is not null
        and delivery_date is not null

),

files_by_month as (

    select
        unit_code,
        item_code,
        month,
        count(*) as files_received,
        count(*) filter (where not is_taken) as files_rejected,
        cast(coalesce(sum(rows_delivered) filter (where is_taken), 0) as bigint)
            as rows_received,
        cast(coalesce(sum(rows_loaded) filter (where is_taken), 0) as bigint)
            as rows_loaded,
        cast(coalesce(sum(rows_quarantined) filter (where is_taken), 0) as bigint)
            as rows_quarantined,
        max(delivery_date) as last_delivery_date
    from received_files
    group by unit_code, item_code, month

),

wrong_codes_by_month as (

    select
        received_files.unit_code,
        received_files.item_code,
        received_files.month,
        count(*) as wrong_code_rows
    from quarantined
    inner join received_files
        on quarantined.source_file = received_files.source_file
    where
        received_files.is_taken
        and (';' || quarantined.codes || ';') like '%;Q04;%'
    group by
        received_files.unit_code, received_files.item_code, received_files.month

),

loaded_by_month as (

    select
        unit_code,
        item_code,
        {{ month_start('delivery_date') }} as month,
        count(*) filter (where is_code_repaired) as code_repaired_rows,
        count(*) filter (where match_method = 'unresolved') as unresolved_rows,
        count(*) filter (where operation in ('变更', '撤销')) as corrected_rows
    from loaded_rows
    group by unit_code, item_code, {{ month_start('delivery_date') }}

),

timed_by_month as (

    select
        unit_code,
        item_code,
        {{ month_start('delivery_date') }} as month,
        count(*) as timed_rows,
        count(*) filter (where is_late) as late_rows
    from timed_rows
    group by unit_code, item_code, {{ month_start('delivery_date') }}

),

counted as (

    select
        files_by_month.*,
        coalesce(timed_by_month.timed_rows, 0) as timed_rows,
        coalesce(timed_by_month.late_rows, 0) as late_rows,
        coalesce(wrong_codes_by_month.wrong_code_rows, 0) as wrong_code_rows,
        coalesce(loaded_by_month.code_repaired_rows, 0) as code_repaired_rows,
        coalesce(loaded_by_month.unresolved_rows, 0) as unresolved_rows,
        coalesce(loaded_by_month.corrected_rows, 0) as corrected_rows
    from files_by_month
    left join wrong_codes_by_month
        on
            files_by_month.unit_code = wrong_codes_by_month.unit_code
            and files_by_month.item_code = wrong_codes_by_month.item_code
            and files_by_month.month = wrong_codes_by_month.month
    left join loaded_by_month
        on
            files_by_month.unit_code = loaded_by_month.unit_code
            and files_by_month.item_code = loaded_by_month.item_code
            and files_by_month.month = loaded_by_month.month
    left join timed_by_month
        on
            files_by_month.unit_code = timed_by_month.unit_code
            and files_by_month.item_code = timed_by_month.item_code
            and files_by_month.month = timed_by_month.month

),

final as (

    select
        unit_code,
        item_code,
        month,
        files_received,
        files_rejected,
        rows_received,
        rows_loaded,
        rows_quarantined,
        {{ exact_share('rows_loaded', '(rows_loaded + rows_quarantined)') }}
            as compliance_rate,
        timed_rows,
        late_rows,
        {{ exact_share('late_rows', 'timed_rows') }} as late_rate,
        wrong_code_rows,
        code_repaired_rows,
        unresolved_rows,
        corrected_rows,
        last_delivery_date
    from counted

)

select * from final
