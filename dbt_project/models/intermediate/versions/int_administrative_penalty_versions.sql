with

deliveries as (

    select * from {{ ref('stg_administrative_penalty') }}

),

repeated as (

    {{ repeated_rows() }}

),

registered as (

    select * from {{ ref('int_registered_organisations') }}

),

-- The long texts that no rule reads stay behind.
versions as (

    select
        deliveries.item_code,
        deliveries.unit_code,
        deliveries.record_id,
        deliveries.version,
        deliveries.operation,
        deliveries.delivery_date,
        deliveries.source_file,
        deliveries.file_name,
        deliveries.source_row,
        deliveries.is_code_repaired,
        deliveries.party_name,
        deliveries.party_kind,
        deliveries.uscc,
        deliveries.registration_no,
        deliveries.org_code,
        deliveries.document_no,
        deliveries.penalty_categories,
        deliveries.fine_yuan,
        deliveries.confiscated_yuan,
        deliveries.decision_date,
        deliveries.valid_until,
        deliveries.publish_until,
        deliveries.authority_name,
        deliveries.authority_uscc,
        deliveries.source_name,
        deliveries.procedure,
        deliveries.finality,
        deliveries.conduct_code,
        deliveries.is_public,
        deliveries.party_key,
        {{ version_disposition() }} as version_disposition
    from deliveries
    {{ joins_repeated() }}

),

-- An organisation code names an organisation only if one registered code holds it.
by_org_code as (

    select
        org_code,
        uscc
    from registered
    where is_org_code_unique

),

-- A natural person's penalty carries no identity: it stays without a subject,
-- whatever code its row carries.
identified as (

    select
        versions.*,
        case when versions.party_kind <> '自然人' then versions.uscc end as party_uscc,
        case
            when versions.party_kind <> '自然人' and versions.uscc is null
                then versions.org_code
        end as party_org_code
    from versions

),

final as (

    select
        identified.item_code,
        identified.unit_code,
        identified.record_id,
        identified.version,
        identified.operation,
        identified.delivery_date,
        identified.source_file,
        identified.file_name,
        identified.source_row,
        identified.is_code_repaired,
        identified.party_name,
        identified.party_kind,
        identified.uscc,
        identified.registration_no,
        identified.org_code,
        identified.document_no,
        identified.penalty_categories,
        identified.fine_yuan,
        identified.confiscated_yuan,
        identified.decision_date,
        identified.valid_until,
        identified.publish_until,
        identified.authority_name,
        identified.authority_uscc,
        identified.source_name,
        identified.procedure,
        identified.finality,
        identified.conduct_code,
        identified.is_public,
        identified.party_key,
        identified.version_disposition,
        coalesce(identified.party_uscc, by_org_code.uscc) as subject_id,
        case
            when identified.party_kind = '自然人' then 'person'
            when identified.party_uscc is not null
                then {{ uscc_match_method('registered.uscc') }}
            when by_org_code.uscc is not null then 'org_code'
            else 'unresolved'
        end as match_method,
        identified.party_name as subject_name_delivered
    from identified
    left join registered
        on identified.party_uscc = registered.uscc
    left join by_org_code
        on identified.party_org_code = by_org_code.org_code

)

select * from final
