with

versions as (

    select * from {{ ref('int_publicity_material_versions') }}

),

dishonesty as (

    select * from {{ ref('dishonesty_records') }}

),

red_list as (

    select * from {{ ref('red_list') }}

),

positive_records as (

    select * from {{ ref('positive_records') }}

),

disclosable as (

    select distinct
        subject_id,
        document_no
    from dishonesty
    where is_disclosable

),

-- `union` keeps each subject once
honoured as (

    select subject_id from red_list
    union
    select subject_id from positive_records

),

final as (

    select
        versions.*,
        case
            {{ common_dispositions('versions') }}
            when versions.kind = '失信典型案例' and disclosable.document_no is null
                then 'not_disclosable'
            when
                versions.kind <> '失信典型案例'
                and versions.subject_kind <> '自然人'
                and honoured.subject_id is null
                then 'no_positive_record'
            when
                versions.subject_kind = '自然人'
                and not coalesce(versions.has_consent, false)
                then 'no_consent'
            else 'used'
        end as disposition,
        cast(null as string) as detail
    from versions
    left join disclosable
        on
            versions.uscc = disclosable.subject_id
            and versions.document_no = disclosable.document_no
    left join honoured
        on versions.subject_id = honoured.subject_id

)

select * from final
